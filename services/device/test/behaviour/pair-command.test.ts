import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { isSentence, Machine, pairMachines, type Running } from '../command-rig';

let cluster: Cluster;
const machines: Machine[] = [];
/** For all tests that leave the two unpaired: each machine is a process to begin with. */
let unpaired: [laptop: Machine, desk: Machine];
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
  unpaired = await twoMachines();
});
afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.remove()));
  await cluster.stop();
});

async function twoMachines(): Promise<[laptop: Machine, desk: Machine]> {
  const pair = [new Machine(cluster.edge(0).url), new Machine(cluster.edge(1).url)] as const;
  machines.push(...pair);
  return Promise.all([pair[0].begin('laptop'), pair[1].begin('desk')]);
}

const namesOf = async (machine: Machine) =>
  ((await machine.ask('peers'))[0]!.peers as { name: string }[]).map(({ name }) => name);

async function codeOf(host: Running): Promise<string> {
  return (await host.says(/openrelay pair (\d+-\S+)/))[1]!;
}

describe.each(['by themselves', 'with agents'])('two machines, whose commands work %s', (how) => {
  test('trust each other when one is given the code that the other says', async () => {
    const [laptop, desk] = await twoMachines();
    if (how === 'with agents') await Promise.all([laptop.up(), desk.up()]);
    const { host, joiner } = await pairMachines(desk, laptop);
    expect([host.code, joiner.code, host.stderr, joiner.stderr]).toEqual([0, 0, '', '']);
    expect(host.stdout).toMatch(/Paired with laptop \([0-9A-F]{8}\)\.\n/);
    expect(joiner.stdout).toMatch(/^Paired with desk \([0-9A-F]{8}\)\.\n/);
    expect(joiner.stdout.includes('“openrelay up” keeps this device connected')).toBe(how !== 'with agents');
    expect(await Promise.all([laptop, desk].map(namesOf))).toEqual([['desk'], ['laptop']]);
  });
});

test('a code is told in JSON, and may be given as the text of its QR code, by whoever uses that relay', async () => {
  const [laptop, desk] = await twoMachines();
  const hosting = desk.start(['pair', '--json']);
  const [line] = await hosting.says(/^\{"event":"code".*\}\n/);
  const { uri } = JSON.parse(line) as { uri: string };
  // Another edge is another address, and so a question.
  const joining = laptop.start(['pair', uri]);
  await joining.says(/The code is for the relay ws:.* Use that relay from now on\? \[y\/N\] $/);
  joining.answer('y');
  expect((await joining.ended).code).toBe(0);
  const { stdout } = await hosting.ended;
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'paired', peer: { name: 'laptop' } });
});

function withOtherWords(code: string): string {
  const [number, , second] = code.split('-');
  return [number, code.includes('handiwork') ? 'hazardous' : 'handiwork', second].join('-');
}

describe('by id', () => {
  async function asked([laptop, desk] = unpaired): Promise<{ waiting: Running; joining: Running }> {
    const waiting = desk.start(['pair', '--wait']);
    const [, id] = await waiting.says(/openrelay pair ([0-9A-F]{64})/);
    const joining = laptop.start(['pair', id!]);
    await Promise.all([waiting, joining].map((running) => running.says(/Are they the same on both\? \[y\/N\] $/)));
    return { waiting, joining };
  }

  test('both show the same six digits, and pair when both users say yes', async () => {
    const both = await twoMachines();
    const { waiting, joining } = await asked(both);
    const digits = [waiting, joining].map(({ stdout }) => /^ {2}(\d{3} \d{3})$/m.exec(stdout)?.[1]);
    expect(digits[0]).toBe(digits[1]);
    for (const running of [waiting, joining]) running.answer('y');
    expect([(await waiting.ended).code, (await joining.ended).code]).toEqual([0, 0]);
    expect(await Promise.all(both.map(namesOf))).toEqual([['desk'], ['laptop']]);
  });

  test('a no is a no for both', async () => {
    const { waiting, joining } = await asked();
    joining.answer('n');
    waiting.answer('y');
    const [host, joiner] = [await waiting.ended, await joining.ended];
    expect([host.code, joiner.code]).toEqual([1, 1]);
    expect(joiner.stderr).toMatch(/^The digits were not the same: somebody is between the two devices/);
    expect(await Promise.all(unpaired.map(namesOf))).toEqual([[], []]);
  });

  test('Ctrl-C, or the end of the input, at the question pairs nobody', async () => {
    const { waiting, joining } = await asked();
    joining.kill('SIGINT');
    const joiner = await joining.ended;
    const host = await waiting.ended;
    expect([joiner.code, host.code]).toEqual([130, 1]);
    expect([joiner.stderr, host.stderr].every(isSentence)).toBe(true);
    expect(await Promise.all(unpaired.map(namesOf))).toEqual([[], []]);
  });
});

test('wrong words use a code up, both sides are told, and another code is shown; three are all', async () => {
  const [laptop, desk] = unpaired;
  const hosting = desk.start(['pair']);
  const codes: string[] = [];
  for (const nth of [0, 1, 2]) {
    await hosting.says(new RegExp(`(?:openrelay pair \\d+-\\S+.*){${nth + 1}}`, 's'));
    codes.push(hosting.stdout.match(/openrelay pair \d+-\S+/g)![nth]!.split(' ')[2]!);
    const wrong = await laptop.run(['pair', withOtherWords(codes[nth]!)]);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The words of the code were wrong, and/) });
  }
  expect(await hosting.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Somebody tried this code with/),
  });
  const [again, peers] = await Promise.all([laptop.run(['pair', codes[0]!]), namesOf(desk)]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/^No device waits under this code/)]);
  expect(peers).toEqual([]);
});

test('Ctrl-C while a code waits ends it, also where the agent holds it', async () => {
  const [laptop, desk] = unpaired;
  await desk.up();
  for (const machine of [laptop, desk]) {
    const hosting = machine.start(['pair']);
    const code = await codeOf(hosting);
    hosting.kill('SIGINT');
    expect(await hosting.ended).toMatchObject({ code: 130, stderr: 'The pairing was cancelled.\n' });
    const other = machine === laptop ? desk : laptop;
    await eventually(async () => expect((await other.run(['pair', code])).stderr).toMatch(/^No device waits/));
  }
});

test('a code that was used up by a stranger is no end: the next one pairs, also typed where no other user can read it', async () => {
  const [laptop, desk] = unpaired;
  const hosting = desk.start(['pair']);
  await laptop.run(['pair', withOtherWords(await codeOf(hosting))]);
  const [, code] = await hosting.says(/used up\. A new one:.*openrelay pair (\d+-\S+)/s);
  const joined = await laptop.run(['pair', '-'], `${code}\n`);
  expect(joined).toMatchObject({ code: 0, stdout: expect.stringContaining('Paired with desk') });
  expect((await hosting.ended).code).toBe(0);
  expect((await laptop.run(['pair', '-'], '\n')).stderr).toMatch(/^A code is a number and two words/);
});
