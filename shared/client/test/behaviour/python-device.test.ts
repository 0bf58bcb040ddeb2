import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Child, type Cluster, repositoryRoot, startChild, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { describeWhere } from '@openrelay/testing/describe-where';
import type { DeviceMessage } from '../../src/index';
import { type DeviceRig, startDevice } from '../device-rig';
import { allVectors } from '../vectors/all-vectors';

const script = join(repositoryRoot, 'examples/python/device.py');

/** Debian's own, where python3-cryptography is installed, or the first of the path. */
function findPython(): string | undefined {
  const hasPackages = (python: string) => spawnSync(python, ['-c', 'import cryptography']).status === 0;
  return ['/usr/bin/python3', 'python3'].find(hasPackages);
}

const python = findPython();
const why = python === undefined ? 'no python3 with python3-cryptography is here' : undefined;

describeWhere(why, 'a device in Python', () => {
  let cluster: Cluster | undefined;
  let rig: DeviceRig | undefined;
  let child: Child | undefined;

  afterAll(async () => {
    await child?.stop('SIGKILL', 1_000);
    await rig?.close();
    await cluster?.stop();
  });

  async function run(args: readonly string[]): Promise<Child> {
    child = await startChild({ command: python!, args: ['-B', script, ...args], env: { PATH: process.env.PATH } });
    return child;
  }

  test('finds all vectors right', async () => {
    const { exited, output } = await run(['--vectors']);
    // It speaks JSON alone, and `frames` is about both encodings.
    const files = Object.keys(allVectors).filter((name) => name !== 'frames');
    expect(await exited).toMatchObject({ code: 0 });
    expect(output()).toBe(files.map((name) => `right: ${name}\n`).join(''));
  });

  test('pairs by a code with the library, is read, follows a rotation, and reads', async () => {
    const read: string[] = [];
    const onMessage = ({ peer, content }: DeviceMessage): void => {
      if ('text' in content) read.push(`${peer.name}: ${content.text}`);
    };
    cluster = await startCluster({ edges: 2, env: unlimited });
    rig = await startDevice('Laptop', cluster.edge(0).url, { onMessage });
    const { device, events } = rig;
    const { text, paired } = await device.pairing.hostCode({ ask: async () => 'refuse' });
    const { exited, output } = await run([cluster.edge(1).url, text, 'Grüße aus Python']);
    const { id } = await paired;
    await eventually(() => expect(read).toEqual(['Python: Grüße aus Python']));

    expect(await device.rotate(id)).toBe('started');
    await eventually(() => expect(events).toMatchObject([{ event: 'session', name: 'rotated', keyId: 2n }]));
    await device.send(id, { text: 'under the second key' });
    expect({ ...(await exited), output: output() }).toMatchObject({
      code: 0,
      output: 'paired with Laptop\nreceived under the second key\n',
    });
    // It said under which key it seals: only then may the next rotation begin.
    await eventually(async () => expect(await device.rotate(id)).toBe('started'));
  });
});
