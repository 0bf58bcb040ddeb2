import { on, once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, freePort, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Machine, pairMachines } from '../command-rig';

let cluster: Cluster;
let laptop: Machine;
let desk: Machine;
let copy: Machine;
beforeAll(async () => {
  cluster = await startCluster({ edges: 1, env: unlimited });
  const relay = cluster.edge(0).url;
  [laptop, desk] = await Promise.all([new Machine(relay).begin('laptop'), new Machine(relay).begin('desk')]);
  copy = new Machine(relay, mkdtempSync(join(tmpdir(), 'openrelay-home-')));
});
afterAll(async () => {
  await Promise.all([laptop, desk, copy].map((machine) => machine?.remove()));
  await cluster.stop();
});

test('messages of a home that was restored from a copy are not read, and both sides hear of it until they have seen it', async () => {
  await pairMachines(desk, laptop);
  cpSync(laptop.home, copy.home, { recursive: true });
  await desk.up();
  expect((await laptop.run(['send', 'desk', 'read'])).code).toBe(0);
  // From here on the copy is the laptop.
  await copy.up();
  expect((await copy.run(['send', 'desk', 'not read'])).stdout).toBe('Sent to desk.\n');
  const told = [copy, desk].map((machine) => machine.path('troubles.json'));
  await eventually(() => expect(told.map(existsSync)).toEqual([true, true]), { timeoutMs: 30_000 });
  const [here, there] = await Promise.all([copy.run(['status']), desk.run(['status', '--seen'])]);
  const line = (sentence: string) => new RegExp(`^Lately .*:\\n\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d {2}${sentence}`, 'm');
  expect(here.stdout).toMatch(line('desk does not read what this device sends: .* Send again what you sent last'));
  expect(there.stdout).toMatch(line('A message from laptop bears a number that was used before: '));
  expect(told.map(existsSync)).toEqual([true, false]);
});

test('Ctrl-C does not wait until a relay that takes connections and says nothing is given up', async () => {
  const silent = createServer();
  const connected = on(silent.listen(0, '127.0.0.1'), 'connection');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const sending = laptop.start(['send', 'desk', 'kept', '--relay', `ws://127.0.0.1:${port}/relay`]);
  // The first one asks whether a relay is there.
  for (const then of [(socket: Socket) => socket.destroy(), () => sending.kill('SIGINT')]) {
    const { value } = await connected.next();
    then(value[0]);
  }
  const killedAtMs = performance.now();
  expect((await sending.ended).code).toBe(130);
  // It would wait for 15 seconds.
  expect(performance.now() - killedAtMs).toBeLessThan(12_000);
  silent.close();
});

test('a relay that does not answer is used as long as it is named, and takes the place of none', async () => {
  const nobody = `ws://127.0.0.1:${await freePort()}/relay`;
  const { stdout, stderr } = await laptop.run(['id', '--relay', nobody]);
  expect(stdout).toContain(nobody);
  expect(stderr).toBe(
    `No relay answers at ${nobody}: it is used this time, and is not remembered before it has answered.\n`,
  );
  const settings = () => readFileSync(laptop.path('settings.json'), 'utf8');
  expect(settings()).not.toContain(nobody);
  // Another name of the one that does.
  const named = cluster.edge(0).url.replace('127.0.0.1', 'localhost');
  const again = await laptop.run(['id', '--relay', named]);
  expect(again).toMatchObject({ stdout: expect.stringContaining(`${named} (remembered).`), stderr: '' });
  expect(settings()).toContain(named);
});
