import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { isSentence, Machine, pairMachines } from '../command-rig';

let cluster: Cluster;
let laptop: Machine;
let desk: Machine;
beforeAll(async () => {
  // The last one has the limits of every day.
  cluster = await startCluster({ edges: [{ env: unlimited }, { env: unlimited }, {}] });
  laptop = await new Machine(cluster.edge(0).url).begin('laptop');
  desk = await new Machine(cluster.edge(1).url).begin('desk');
  await pairMachines(desk, laptop);
  await desk.up();
});
afterAll(async () => {
  await Promise.all([laptop, desk].map((machine) => machine?.remove()));
  await cluster.stop();
});

type Item = { kind: string; text?: string; path?: string; name: string };
const itemsOf = async (machine: Machine) => (await machine.ask('receive'))[0]!.items as Item[];
const received = (name: string) => desk.path('received', name);

describe.each(['without', 'with'])('a machine %s an agent of its own', (agent) => {
  beforeAll(async () => {
    if (agent === 'with') await laptop.up();
  });

  test('sends a text of its arguments, and one that is piped in', async () => {
    const words = await laptop.run(['send', 'desk', 'hello', agent]);
    expect(words).toMatchObject({ code: 0, stderr: '', stdout: 'Sent to desk.\n' });
    const piped = await laptop.run(['send', 'DESK', '-'], `two\nlines ${agent}\n`);
    expect(piped.code).toBe(0);
    await eventually(async () => {
      const texts = (await itemsOf(desk)).map(({ text, name }) => ({ text, name }));
      expect(texts).toContainEqual({ text: `hello ${agent}`, name: 'laptop' });
      expect(texts).toContainEqual({ text: `two\nlines ${agent}`, name: 'laptop' });
    });
  });

  test('sends files and a folder, and says how long it will take before it does', async () => {
    const [file, folder] = [laptop.path(`${agent}.bin`), laptop.path(`${agent} photos`)];
    const bytes = randomBytes(300_000);
    writeFileSync(file, bytes);
    mkdirSync(`${folder}/summer`, { recursive: true });
    mkdirSync(`${folder}/winter/snow`, { recursive: true });
    writeFileSync(`${folder}/empty`, '');
    writeFileSync(`${folder}/summer/beach.txt`, agent);
    symlinkSync('/etc/passwd', `${folder}/link`);
    const { code, stdout, stderr } = await laptop.run(['send', 'desk', file, `${agent} photos`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`^${agent}.bin \\(300 kB\\) to desk: at once, .*\\n${agent}.bin has arrived\\.\\n${agent} photos `),
    );
    expect(readFileSync(received(`${agent}.bin`))).toEqual(bytes);
    expect(statSync(received(`${agent}.bin`)).mode & 0o777).toBe(0o600);
    expect(readdirSync(received(`${agent} photos`)).sort()).toEqual(['empty', 'summer', 'winter']);
    expect(statSync(received(`${agent} photos/winter/snow`)).isDirectory()).toBe(true);
    expect(readFileSync(received(`${agent} photos/summer/beach.txt`), 'utf8')).toBe(agent);
    const again = await laptop.run(['send', 'desk', file]);
    expect(again.code).toBe(0);
    expect(readFileSync(received(`${agent} (2).bin`))).toEqual(bytes);
    await eventually(async () =>
      expect((await itemsOf(desk)).map(({ path }) => path)).toContain(received(`${agent} photos`)),
    );
  });
});

test('what is piped in and is no text, or long, goes as a file, and leaves nothing behind', async () => {
  const { code, stdout } = await laptop.run(['send', 'desk'], 'x'.repeat(200_000));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^from-a-pipe \(200 kB\) to desk: /);
  expect(readFileSync(received('from-a-pipe'), 'utf8')).toBe('x'.repeat(200_000));
  expect(readdirSync(laptop.path('outgoing'))).toEqual([]);
});

test('an empty word is no name of the folder that the user is in', async () => {
  const { code, stdout, stderr } = await laptop.run(['send', 'desk', '']);
  expect([code, stdout, isSentence(stderr)]).toEqual([2, '', true]);
});

test('what is piped in and sent in the background leaves nothing behind either', async () => {
  const { code } = await laptop.run(['send', 'desk', '--background'], 'y'.repeat(200_000));
  expect(code).toBe(0);
  await eventually(() => expect(readFileSync(received('from-a-pipe (2)'), 'utf8')).toBe('y'.repeat(200_000)));
  await eventually(() => expect(readdirSync(laptop.path('outgoing'))).toEqual([]));
});

test('what the limits of a relay make it take is told first, and Ctrl-C cancels it on both sides', async () => {
  const slow = await new Machine(cluster.edge(2).url).begin('slow');
  try {
    await pairMachines(slow, laptop);
    writeFileSync(slow.path('long.bin'), randomBytes(4_000_000));
    const sending = slow.start(['send', 'laptop', 'long.bin']);
    await sending.says(/^long\.bin \(4\.0 MB\) to laptop: about \d+ minutes, as the relay’s limits are\.\n/);
    const named = async () =>
      ((await laptop.ask('status'))[0]!.transfers as { name: string }[]).map(({ name }) => name);
    await eventually(async () => expect(await named()).toContain('long.bin'));
    sending.kill('SIGINT');
    expect(await sending.ended).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('long.bin was cancelled.'),
    });
    await eventually(async () => expect(await named()).not.toContain('long.bin'));
    // A relay that goes is told of on the way, and need not be back for a Ctrl-C.
    const again = slow.start(['send', 'laptop', 'long.bin']);
    await again.says(/^long\.bin \(4\.0 MB\)/);
    cluster.edge(2).kill('SIGKILL');
    await again.says(/It is tried again\.$/m);
    again.kill('SIGINT');
    expect((await again.ended).code).toBe(130);
  } finally {
    await slow.remove();
  }
});
