import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { isSentence, Machine, pairMachines } from '../command-rig';

let cluster: Cluster;
let laptop: Machine;
let desk: Machine;
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
  laptop = await new Machine(cluster.edge(0).url).begin('laptop');
  desk = await new Machine(cluster.edge(1).url).begin('desk');
  await pairMachines(desk, laptop);
  await Promise.all([laptop.up(), desk.up()]);
});
afterAll(async () => {
  await Promise.all([laptop, desk].map((machine) => machine?.remove()));
  await cluster.stop();
});

const received = (name: string) => desk.path('received', name);

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

test('a peer that is forgotten reads what that looks like, and a third machine is introduced without a code', async () => {
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
    expect(await phone.run(['peers', 'desk'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/ no\n$/) });
    expect((await phone.run(['peers', 'desk', '--may-introduce', 'yes'])).stdout).toMatch(/ yes\n$/);
    expect((await phone.ask('peers'))[0]!.peers).toContainEqual(
      expect.objectContaining({ name: 'desk', mayIntroduce: 'yes' }),
    );
    expect((await phone.run(['peers', '--may-introduce', 'yes'])).code).toBe(2);
    const forgotten = await phone.run(['send', 'laptop', 'x']);
    expect(forgotten).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^Not sent to laptop yet\. .* or it has forgotten this device, .* pair again\. .* goes out by itself/,
      ),
    });
    writeFileSync(phone.path('file'), 'x');
    const sending = phone.start(['send', 'laptop', 'file']);
    await sending.says(/^file waits\. laptop takes nothing more .* pair again\.$/m);
    sending.kill('SIGINT');
    expect((await sending.ended).code).toBe(130);
    expect((await phone.run(['receive', '--to', '/proc/openrelay'])).code).toBe(3);
    await phone.run(['down']);
    expect((await phone.run(['status'])).stdout).toMatch(/^waiting +[1-9]/m);
  } finally {
    await phone.remove();
  }
});
