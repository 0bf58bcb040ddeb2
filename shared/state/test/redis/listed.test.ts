import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { Forwarder, type Forwarding } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { envelopeOf, envelopeOfSize, freshDevice, freshName, freshShard, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const [friend, stranger] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];

/** Contacts that lie beside each other. The end of one and the beginning of the next make up a tag of nobody's. */
const neighbours = ['a1', 'a2'].map((first) => Buffer.from(`${first}${'00'.repeat(14)}a7`, 'hex'));
const between = Buffer.concat(neighbours).subarray(15, 31);

const key = Buffer.alloc(32, 7);

/** A claimed device that takes messages from its friend only. It is not here. */
async function listed(): Promise<{ shard: number; device: DeviceKey }> {
  const [shard, device] = [freshShard(), freshDevice()];
  await rig.redis.hset(`${shardPrefix(shard)}claim:${device}`, 'key', key, 'accept', 'listed');
  await rig.redis.hset(`${shardPrefix(shard)}contacts:${device}`, '0', friend, 'a', Buffer.concat(neighbours));
  return { shard, device };
}

async function hold(shard: number, device: DeviceKey): Promise<void> {
  const registration = { shard, device, session: freshName('session'), sinceMs: 0, proof: { key } };
  expect(await rig.registry().register(shard, [registration])).toMatchObject([{ status: 'registered' }]);
}

async function listedAndHeld(): Promise<{ shard: number; device: DeviceKey }> {
  const made = await listed();
  await hold(made.shard, made.device);
  return made;
}

/** Its contacts are a set still, as those of layout 1 are. */
async function listedInOldLayout(): Promise<{ shard: number; device: DeviceKey }> {
  const made = await listed();
  const contacts = rig.key(made.shard, 'contacts', made.device);
  await rig.redis.del(contacts);
  await rig.redis.sadd(contacts, friend, ...neighbours);
  return made;
}

describe.each([
  ['is not here', listed],
  ['is here', listedAndHeld],
  ['has its contacts from an older version', listedInOldLayout],
])('a device that takes messages from listed contacts only, and %s', (_, make) => {
  test('is sent nothing without a tag, and nothing is noted of the message', async () => {
    const { shard, device } = await make();
    const message = messageTo(device);
    expect(await rig.accept(shard, [message])).toEqual([{ status: 'listed' }]);
    expect(await rig.accept(shard, [{ ...message, tag: friend }])).toMatchObject([{ seq: 1 }]);
  });

  test('takes those of a contact, and none of anybody else', async () => {
    const { shard, device } = await make();
    const [message, other] = [messageTo(device), messageTo(device)];
    const answers = await rig.accept(shard, [
      { ...message, tag: friend },
      { ...other, tag: stranger },
      { ...message, tag: stranger },
    ]);
    expect(answers).toMatchObject([{ seq: 1 }, { status: 'unlisted' }, { status: 'repeated' }]);
    expect((await rig.mailbox(shard, device))!.messages.size).toBe(1);
    expect(await rig.accept(shard, [{ ...other, tag: friend }])).toMatchObject([{ seq: 2 }]);
  });

  test('knows each of its contacts, and takes nothing between two of them for one', async () => {
    const { shard, device } = await make();
    const tags = [between, ...neighbours, between];
    const answers = await rig.accept(
      shard,
      tags.map((tag) => ({ ...messageTo(device), tag })),
    );
    expect(answers).toMatchObject([{ status: 'unlisted' }, { seq: 1 }, { seq: 2 }, { status: 'unlisted' }]);
  });

  test('answers a stranger alike, whether its queue is full or the store is short', async () => {
    const { shard, device } = await make();
    const full = rig.queue({ maxMessages: 1 });
    await rig.accept(shard, [messageTo(device, { tag: friend })], full);
    const message = { ...messageTo(device), tag: stranger };
    for (const queue of [full, rig.queue({ pressure: () => 4 }), rig.queue()])
      expect(await rig.accept(shard, [message], queue)).toEqual([{ status: 'unlisted' }]);
  });
});

test('a device that lists no longer takes from anybody, with a tag or without', async () => {
  const { shard, device } = await listed();
  await rig.redis.hset(`${shardPrefix(shard)}claim:${device}`, 'accept', 'anyone');
  await hold(shard, device);
  expect(await rig.accept(shard, [messageTo(device), { ...messageTo(device), tag: stranger }])).toMatchObject([
    { seq: 1 },
    { seq: 2 },
  ]);
});

describe('a live-only message to a listed device', () => {
  let numbers = 0;
  function forwarding(device: DeviceKey, changes: Partial<Forwarding> = {}): Omit<Forwarding, 'shard'> {
    numbers += 1;
    return { recipient: device, envelope: envelopeOf(), number: numbers, kind: 'message', ...changes };
  }

  async function forward(shard: number, ...messages: Omit<Forwarding, 'shard'>[]): Promise<string[]> {
    const forwarder = new Forwarder(rig.link, rig.node);
    return (
      await forwarder.forward(
        shard,
        messages.map((message) => ({ shard, ...message })),
        rig.deadlineMs,
      )
    ).map(({ status }) => status);
  }

  test('finds nobody, unless its sender is a contact', async () => {
    const { shard, device } = await listedAndHeld();
    const message = forwarding(device);
    expect(await forward(shard, message)).toEqual(['listed']);
    expect(await forward(shard, { ...message, tag: stranger })).toEqual(['absent']);
    expect(await forward(shard, { ...message, tag: friend })).toEqual(['local']);
  });

  test('leaves nothing behind when it is refused, however large it is', async () => {
    const { shard, device } = await listedAndHeld();
    const large = () => forwarding(device, { envelope: envelopeOfSize(100_000) });
    expect(await forward(shard, large(), { ...large(), tag: stranger })).toEqual(['listed', 'absent']);
    expect(await rig.redis.keys(`${shardPrefix(shard)}live:*`)).toEqual([]);
    expect(await rig.redis.keys(`${shardPrefix(shard)}ids:*`)).toEqual([]);
  });

  test('that asks for a pairing passes five times a minute for all strangers together', async () => {
    const { shard, device } = await listedAndHeld();
    const pairing = (tag: Uint8Array) => forwarding(device, { kind: 'pairing', tag });
    const answers = await forward(shard, ...Array.from({ length: 7 }, () => pairing(stranger)));
    expect(answers).toEqual([...Array(5).fill('local'), 'absent', 'absent']);
    expect(await forward(shard, pairing(Buffer.alloc(16, 3)))).toEqual(['absent']);
    expect(await forward(shard, pairing(friend))).toEqual(['local']);
    const counter = `${shardPrefix(shard)}pairings:${device}`;
    expect(await rig.redis.pttl(counter)).toBeGreaterThan(50_000);
    expect(await rig.redis.pttl(counter)).toBeLessThanOrEqual(60_000);
    await rig.redis.del(counter);
    expect(await forward(shard, pairing(stranger))).toEqual(['local']);
  });

  test('that answers a pairing passes as often, and takes nothing from those that ask for one', async () => {
    const { shard, device } = await listedAndHeld();
    const of = (kind: 'answer' | 'pairing') =>
      forward(shard, ...Array.from({ length: 6 }, () => forwarding(device, { kind, tag: stranger })));
    expect(await of('answer')).toEqual([...Array(5).fill('local'), 'absent']);
    expect(await of('pairing')).toEqual([...Array(5).fill('local'), 'absent']);
  });

  test('finds nobody when the device is not here, and nothing is counted', async () => {
    const { shard, device } = await listed();
    expect(await forward(shard, forwarding(device, { kind: 'pairing', tag: stranger }))).toEqual(['absent']);
    expect(await rig.redis.exists(`${shardPrefix(shard)}pairings:${device}`)).toBe(0);
  });
});
