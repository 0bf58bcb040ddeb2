import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Machine, pairMachines } from '../command-rig';

let cluster: Cluster;
let laptop: Machine;
let desk: Machine;
const pids = { laptop: 0, desk: 0 };
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
  laptop = await new Machine(cluster.edge(0).url).begin('laptop');
  desk = await new Machine(cluster.edge(1).url).begin('desk');
  await pairMachines(desk, laptop);
  [pids.laptop, pids.desk] = await Promise.all([laptop.up(), desk.up()]);
});
afterAll(async () => {
  await Promise.all([laptop, desk].map((machine) => machine?.remove()));
  await cluster.stop();
});

const received = (name: string) => desk.path('received', name);
const partOf = () => readdirSync(desk.path('received')).find((name) => name.endsWith('.openrelay-part'));

/** Stands still in the midst of a file; `over` when the file was faster. */
async function stopped(receiver: number, name: string): Promise<'under way' | 'over'> {
  await eventually(() => expect(partOf() ?? existsSync(received(name))).toBeTruthy(), { timeoutMs: 40_000 });
  process.kill(receiver, 'SIGSTOP');
  return partOf() === undefined ? 'over' : 'under way';
}

test('a file arrives whole though both agents are killed in the middle of it, and up works again at once', async () => {
  const bytes = randomBytes(5_000_000);
  for (let tries = 1; ; tries += 1) {
    const name = `video-${tries}.mp4`;
    writeFileSync(laptop.path(name), bytes);
    const sending = await laptop.run(['send', 'desk', name, '--background']);
    expect(sending).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} is offered`) });
    const state = await stopped(pids.desk, name);
    for (const pid of [pids.laptop, pids.desk]) process.kill(pid, 'SIGKILL');
    [pids.laptop, pids.desk] = await Promise.all([laptop.up(), desk.up()]);
    await eventually(() => expect(readFileSync(received(name)).equals(bytes)).toBe(true), { timeoutMs: 40_000 });
    if (state === 'under way' || tries === 5) break;
  }
  expect(partOf()).toBeUndefined();
});
