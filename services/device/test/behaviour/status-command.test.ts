import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, freePort, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Machine, pairMachines } from '../command-rig';

let cluster: Cluster;
let relay: string;
const machines: Machine[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 1, env: unlimited });
  relay = cluster.edge(0).url;
});
afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.remove()));
  await cluster.stop();
});

async function machine(name: string): Promise<Machine> {
  const made = new Machine(relay);
  machines.push(made);
  return made.begin(name);
}

type Status = { relay: string; link: { is: string }; troubles: { sentence: string; times: number }[] };
const statusOf = async (of: Machine) => (await of.ask('status'))[0] as unknown as Status;

test('a home that was restored from a copy: both sides are told that messages were not read, until they say that they saw it', async () => {
  const [laptop, desk] = [await machine('laptop'), await machine('desk')];
  await pairMachines(desk, laptop);
  const copy = new Machine(relay, mkdtempSync(join(tmpdir(), 'openrelay-home-')));
  machines.push(copy);
  cpSync(laptop.home, copy.home, { recursive: true });
  await desk.up();
  for (const text of ['one', 'two', 'three']) expect((await laptop.run(['send', 'desk', text])).code).toBe(0);
  // From here on the copy is the laptop.
  await copy.up();
  expect((await copy.run(['send', 'desk', 'unread'])).stdout).toBe('Sent to desk.\n');
  const [here, there] = await eventually(async () => {
    const both = [await statusOf(copy), await statusOf(desk)] as const;
    for (const { troubles } of both) expect(troubles).toHaveLength(1);
    return both;
  });
  expect(here.troubles[0]?.sentence).toMatch(/^desk does not read what this device sends: .* Send again what you sent/);
  expect(there.troubles[0]?.sentence).toMatch(
    /^A message from laptop bears a number that was used before: .* again\.$/,
  );
  expect((await copy.run(['doctor'])).stdout).toMatch(/^note {3}.*: desk does not read what this device sends: /m);
  // What is sent from now on is read.
  expect((await copy.run(['send', 'desk', 'read'])).code).toBe(0);
  await eventually(async () => expect((await desk.run(['receive'])).stdout).toContain('read'));
  // An agent that begins anew still knows it.
  await desk.run(['down']);
  const seen = await desk.run(['status', '--seen']);
  expect(seen.stdout).toMatch(/^Lately .*:\n\d{4}-\d\d-\d\d \d\d:\d\d {2}A message from laptop bears a number/m);
  expect((await statusOf(desk)).troubles).toEqual([]);
});

test('a relay that does not answer is used as long as it is named, and takes the place of none', async () => {
  const laptop = await machine('laptop');
  const nobody = `ws://127.0.0.1:${await freePort()}/relay`;
  const wrong = await laptop.run(['id', '--relay', nobody]);
  expect(wrong.stdout).toContain(nobody);
  expect(wrong.stderr).toBe(
    `No relay answers at ${nobody}: it is used this time, and is not remembered before it has answered.\n`,
  );
  expect((await statusOf(laptop)).relay).toBe(relay);
});

test('a person who sends something does not wait for the next try, which status tells', async () => {
  const [laptop, desk] = [await machine('laptop'), await machine('desk')];
  await pairMachines(desk, laptop);
  await laptop.up();
  const edge = cluster.edge(0);
  edge.kill('SIGKILL');
  await eventually(async () =>
    expect((await laptop.run(['status'])).stdout).toMatch(/not connected\. .* It is tried again in \d+ seconds?\.\n/),
  );
  await cluster.restartEdge(0, 'SIGKILL');
  expect(await laptop.run(['send', 'desk', 'hello'])).toMatchObject({ code: 0, stderr: '' });
});
