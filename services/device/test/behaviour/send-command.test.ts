import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
      new RegExp(`^${agent}.bin \\(300 kB\\) to desk: at once, .*\\n${agent}.bin has arrived\\.\\n`),
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

test('what is piped in and sent in the background leaves nothing behind either', async () => {
  const { code } = await laptop.run(['send', 'desk', '--background'], 'y'.repeat(200_000));
  expect(code).toBe(0);
  await eventually(() => expect(readFileSync(received('from-a-pipe (2)'), 'utf8')).toBe('y'.repeat(200_000)));
  await eventually(() => expect(readdirSync(laptop.path('outgoing'))).toEqual([]));
});

describe('files that a machine', () => {
  test('does not want are refused, and the sender reads why', async () => {
    await desk.run(['receive', '--files', 'none', '--from', 'laptop']);
    const file = laptop.path('unwanted');
    writeFileSync(file, 'x');
    const { code, stdout } = await laptop.run(['send', 'desk', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('unwanted was refused: The receiver takes no files from this device.');
  });

  test('asks about wait for its user, who takes one and refuses another', async () => {
    await desk.run(['receive', '--files', 'ask', '--from', 'laptop']);
    for (const name of ['wanted', 'not-wanted']) writeFileSync(laptop.path(name), name);
    const [wanted, unwanted] = [laptop.start(['send', 'desk', 'wanted']), laptop.start(['send', 'desk', 'not-wanted'])];
    const offers = await eventually(async () => {
      const [view] = await desk.ask('receive');
      expect(view!.offers).toHaveLength(2);
      return view!.offers as { id: string; name: string }[];
    });
    const idOf = (wantedName: string) => offers.find(({ name }) => name === wantedName)!.id;
    await desk.run(['receive', '--refuse', idOf('not-wanted')]);
    const taken = await desk.run(['receive', '--take', idOf('wanted').slice(0, 8)]);
    expect(taken).toMatchObject({ code: 0, stdout: 'wanted from laptop is on its way.\n' });
    expect([(await wanted.ended).code, (await unwanted.ended).code]).toEqual([0, 1]);
    expect([existsSync(received('wanted')), existsSync(received('not-wanted'))]).toEqual([true, false]);
    await desk.run(['receive', '--files', 'all', '--from', 'laptop']);
  });

  test('has no room for are refused as a whole: nothing half stays, and both are told', async () => {
    await desk.run(['down']);
    // In blocks of 512 bytes: the store fits, the file does not.
    const agent = desk.start(['up', '--foreground'], { shell: "trap '' XFSZ; ulimit -f 2000" });
    await agent.says(/Connected to the relay/);
    writeFileSync(laptop.path('large.bin'), randomBytes(3_000_000));
    const { code, stdout } = await laptop.run(['send', 'desk', 'large.bin']);
    expect(code).toBe(1);
    expect(stdout).toContain('large.bin was cancelled: The receiver can’t write it.');
    await agent.says(/large\.bin can’t be written: its file may grow no more/);
    expect(readdirSync(desk.path('received')).filter((name) => name.includes('large') || name.startsWith('.'))).toEqual(
      [],
    );
    expect((await laptop.run(['send', 'desk', 'after', 'that'])).code).toBe(0);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('everything is in the store.'),
    });
    await desk.up();
  });
});

test('a file arrives whole though both agents are killed in the middle of it', async () => {
  const bytes = randomBytes(12_000_000);
  writeFileSync(laptop.path('video.mp4'), bytes);
  const sending = await laptop.run(['send', 'desk', 'video.mp4', '--background']);
  expect(sending).toMatchObject({ code: 0, stdout: expect.stringContaining('video.mp4 is offered') });
  const part = () => readdirSync(desk.path('received')).find((name) => name.endsWith('.openrelay-part'));
  const atLeast = async (least: number) =>
    eventually(() => expect(statSync(received(part()!)).size).toBeGreaterThan(least), { timeoutMs: 40_000 });
  const pidOf = async (machine: Machine) => (await machine.ask('status'))[0]!.pid as number;
  const [sender, receiver] = [await pidOf(laptop), await pidOf(desk)];
  await atLeast(500_000);
  process.kill(receiver, 'SIGKILL');
  await desk.up();
  process.kill(sender, 'SIGKILL');
  await laptop.up();
  await eventually(() => expect(readFileSync(received('video.mp4')).equals(bytes)).toBe(true), { timeoutMs: 40_000 });
  expect(part()).toBeUndefined();
});

test('what the limits of a relay make it take is told first, and Ctrl-C cancels it on both sides', async () => {
  const slow = await new Machine(cluster.edge(2).url).begin('slow');
  try {
    await pairMachines(slow, laptop);
    writeFileSync(slow.path('long.bin'), randomBytes(4_000_000));
    const sending = slow.start(['send', 'laptop', 'long.bin']);
    await sending.says(/^long\.bin \(4\.0 MB\) to laptop: about \d+ minutes, as the relay’s limits are\.\n/);
    await eventually(async () => expect((await laptop.ask('status'))[0]!.transfers).toHaveLength(1));
    sending.kill('SIGINT');
    expect(await sending.ended).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('long.bin was cancelled.'),
    });
  } finally {
    await slow.remove();
  }
});

test('a peer that is forgotten is told so, and a third machine is introduced without a code', async () => {
  const phone = await new Machine(cluster.edge(0).url).begin('phone');
  try {
    await pairMachines(phone, laptop);
    await phone.up();
    expect(await laptop.run(['introduce', 'phone', 'desk'])).toMatchObject({ code: 0, stderr: '' });
    await eventually(async () => expect((await phone.run(['send', 'desk', 'introduced'])).code).toBe(0));
    expect((await laptop.run(['rotate', 'phone'])).stdout).toBe('New keys with phone.\n');
    const kept = await laptop.run(['forget', 'phone'], 'n\n');
    expect(kept).toMatchObject({ code: 1, stdout: expect.stringContaining('phone is kept.') });
    expect((await laptop.run(['forget', 'phone', '--yes'])).stdout).toBe('phone is forgotten.\n');
    expect(isSentence((await laptop.run(['send', 'phone', 'x'])).stderr)).toBe(true);
    await phone.run(['send', 'laptop', 'x']);
    await eventually(() =>
      expect(readFileSync(phone.path('agent.log'), 'utf8')).toContain(
        'laptop no longer knows this device: pair again.',
      ),
    );
  } finally {
    await phone.remove();
  }
});
