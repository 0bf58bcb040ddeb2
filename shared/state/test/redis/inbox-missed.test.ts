import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { Packr } from 'msgpackr';
import { leaseMs, nodeChannel } from '../../src/scripts/keys';
import { type OpenInbox, openInbox } from './open-inbox';
import { freshDevice, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const packr = new Packr({ useRecords: false });
const shards = 3;
/** Two probes, and a slow machine. */
const foundWithin = { timeoutMs: 30_000 };

async function listening(): Promise<OpenInbox> {
  const open = openInbox(rig, { shards });
  await eventually(() => expect(open.events).toEqual(['listening']));
  return open;
}

function sentKey(shard: number, { node }: OpenInbox): string {
  return `or:{${shard}}:sent:${node}`;
}

test('a publish that does not come is found by the next probe, and the shard is named', async () => {
  const open = await listening();
  await rig.redis.incr(sentKey(1, open)); // as a script does, whose publish gets lost
  await eventually(() => expect(open.events).toEqual(['listening', 'missed: 1']), foundWithin);
  expect(open.notices).toEqual([]);
});

test('or by the next publish', async () => {
  const open = await listening();
  const device = freshDevice();
  await rig.hold(2, device, open.node);
  await rig.accept(2, [messageTo(device)]);
  await rig.redis.incr(sentKey(2, open));
  await rig.accept(2, [messageTo(device)]);
  await eventually(() => expect(open.notices).toHaveLength(2));
  expect(open.events).toEqual(['listening', 'missed: 2']);
});

test('nothing is missed while all comes, between probes and beside them', async () => {
  const open = await listening();
  const rounds = 100;
  for (let round = 1; round <= rounds; round += 1) {
    const device = freshDevice();
    await rig.hold(0, device, open.node);
    await rig.accept(0, messagesTo(device, 5));
    await pause(25);
  }
  await eventually(() => expect(open.notices).toHaveLength(5 * rounds));
  expect(open.events).toEqual(['listening']);
});

test.each<[string, (open: OpenInbox) => Promise<unknown>]>([
  ['was emptied', () => rig.redis.flushall()],
  [
    'came back with what it had earlier, and published as much since',
    async (open) => {
      const key = sentKey(0, open);
      const earlier = Number(await rig.redis.get(key));
      await rig.redis.set(key, earlier - 1, 'KEEPTTL');
    },
  ],
  ['has its clock set forward by what a lease has left', (open) => rig.redis.pexpire(sentKey(0, open), 1)],
])('a Redis that %s is found by the next probe', async (_what, happen) => {
  const open = await listening();
  const device = freshDevice();
  await rig.hold(0, device, open.node);
  await rig.accept(0, [messageTo(device)]);
  await eventually(() => expect(open.notices).toHaveLength(1));
  await happen(open);
  await eventually(() => expect(open.events).toContain('missed: 0'), foundWithin);
});

test('an emptied Redis is found also when as much is published at once as before', async () => {
  const open = await listening();
  const device = freshDevice();
  for (let round = 0; round < 2; round += 1) {
    await rig.hold(0, device, open.node);
    await rig.accept(0, [messageTo(device)]);
    await eventually(() => expect(open.notices).toHaveLength(round + 1));
    if (round === 0) await rig.redis.flushall();
  }
  expect(open.events).toContain('missed: 0');
});

test('what cannot be read is missed', async () => {
  const open = await listening();
  await rig.redis.spublish(nodeChannel(1, open.node), packr.pack(['wake', 'device', 'session']));
  await eventually(() => expect(open.events).toEqual(['listening', 'unreadable: 1', 'missed: 1']));
});

test('a new subscription takes the first number for what it is, and says that it listens when that has come', async () => {
  const open = await listening();
  await rig.redis.incr(sentKey(0, open));
  await rig.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await eventually(() => expect(open.events.slice(1)).toEqual(['listening']));
  await rig.redis.incr(sentKey(0, open));
  await eventually(() => expect(open.events.slice(2)).toEqual(['missed: 0']), foundWithin);
});

test('the counter lives as long as it is probed', async () => {
  const open = await listening();
  await rig.redis.pexpire(sentKey(0, open), 5000);
  await eventually(async () => expect(await rig.redis.pttl(sentKey(0, open))).toBeGreaterThan(500_000), foundWithin);
  expect(await rig.redis.pttl(sentKey(0, open))).toBeLessThan(leaseMs / 4);
  expect(open.events).toEqual(['listening']);
});

test('two inboxes of one name, which only a mistake makes, hear all and miss nothing', async () => {
  const [one] = [await listening()];
  const twin = openInbox(rig, { shards, node: one.node });
  await eventually(() => expect(twin.events).toEqual(['listening']));
  const device = freshDevice();
  await rig.hold(0, device, one.node);
  await rig.accept(0, messagesTo(device, 5));
  await eventually(() => expect([one.notices.length, twin.notices.length]).toEqual([5, 5]));
  expect([one.events, twin.events]).toEqual([['listening'], ['listening']]);
});
