import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { Forwarder, QueueSweeper } from '../../src/index';
import { liveFrameKey, shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();
const hourMs = 3_600_000;

/** What a hand or a fault may have made of an envelope. */
const damages: { what: string; damage: (envelope: Buffer) => Buffer }[] = [
  { what: 'nothing', damage: () => Buffer.alloc(0) },
  { what: 'a few bytes', damage: () => Buffer.from('oops') },
  { what: 'text', damage: () => Buffer.from('this is no envelope, and as long as one might be') },
  { what: 'its first half', damage: (envelope) => envelope.subarray(0, envelope.length / 2) },
  { what: 'one without a digest', damage: (envelope) => withPart(envelope, 2, Buffer.from([0xc0])) },
  { what: 'its head, up to the length of its sender', damage: (envelope) => envelope.subarray(0, 38) },
  { what: 'its times alone', damage: (envelope) => envelope.subarray(0, 19) },
  { what: 'itself and more', damage: (envelope) => Buffer.concat([envelope, Buffer.from('more')]) },
  { what: 'one whose id is a number', damage: (envelope) => withPart(envelope, 4, Buffer.from([7])) },
  { what: 'one of an unknown encoding', damage: (envelope) => withPart(envelope, 6, Buffer.from([9])) },
  { what: 'one whose frame is a text', damage: (envelope) => withPart(envelope, 7, Buffer.from([0xa1, 0x61])) },
];

/** Where the parts behind the times begin, of an envelope whose texts are shorter than 256 bytes; the end is the last. */
function startsOf(envelope: Buffer): number[] {
  const digest = 19;
  const sender = digest + 18;
  const id = sender + 2 + envelope[sender + 1]!;
  const ackable = id + 2 + envelope[id + 1]!;
  return [0, 1, digest, sender, id, ackable, ackable + 1, ackable + 2, envelope.length];
}

function withPart(envelope: Buffer, part: number, bytes: Buffer): Buffer {
  const starts = startsOf(envelope);
  return Buffer.concat([envelope.subarray(0, starts[part]), bytes, envelope.subarray(starts[part + 1])]);
}

/** Damages what a device's queue holds at a number. */
async function damageAt(shard: number, device: DeviceKey, seq: number, damage: (envelope: Buffer) => Buffer) {
  const envelope = (await rig.mailbox(shard, device))!.messages.get(seq)!;
  await rig.redis.hset(rig.key(shard, 'box', device), seq, damage(envelope));
}

describe('a queue that holds what is no envelope', () => {
  test.each(damages)('is read on behind it ($what), and it is counted', async ({ damage }) => {
    const [shard, device, other] = [freshShard(), freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(device, 3), ...messagesTo(other, 1)]);
    await damageAt(shard, device, 2, damage);
    const readers = await Promise.all(
      [device, other].map(async (each) => ({
        device: each,
        session: (await rig.hold(shard, each)).session,
        cursor: 0,
      })),
    );
    expect(await rig.queue().pull(shard, readers)).toMatchObject([
      { status: 'page', more: false, cursor: 3, unreadable: 1, messages: [{ seq: 1 }, { seq: 3 }] },
      { status: 'page', more: false, cursor: 1, unreadable: 0, messages: [{ seq: 1 }] },
    ]);
  });

  test.each(damages)('is swept ($what), and so are those beside it', async ({ damage }) => {
    const [shard, device, other] = [freshShard(), freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(device, 2, { ttlMs: 0 }), ...messagesTo(other, 1, { ttlMs: 0 })]);
    await damageAt(shard, device, 1, damage);
    expect(await new QueueSweeper(rig.link).sweep(shard, 10)).toEqual({ expired: 3, queues: 2, more: false });
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
    expect(await rig.ledger(shard)).toEqual({ accepted: 3, acked: 0, expired: 3 });
  });

  test('is swept though the expiry of one lies beyond all time', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, [...messagesTo(device, 1, { ttlMs: 0 }), ...messagesTo(device, 1, { ttlMs: hourMs })]);
    await damageAt(shard, device, 2, (envelope) => Buffer.from(envelope).fill(0xff, 2, 10));
    expect(await new QueueSweeper(rig.link).sweep(shard, 10)).toEqual({ expired: 1, queues: 1, more: false });
    expect(Number(await rig.redis.zscore(`${shardPrefix(shard)}expiry`, device))).toBeGreaterThan(Date.now() + hourMs);
  });
});

test('one that ends where its sender begins is taken out of a queue whose shares are counted', async () => {
  const { shard, device } = await rig.known();
  const queue = rig.queue({ maxMessages: 16 });
  await queue.accept(shard, messagesTo(device, 9, { ttlMs: 0 }));
  expect(await rig.mailbox(shard, device)).toMatchObject({ flags: ['counted'] });
  await damageAt(shard, device, 2, (envelope) => envelope.subarray(0, 38));
  expect(await new QueueSweeper(rig.link).sweep(shard, 10)).toMatchObject({ expired: 9 });
});

test('what waits to be fetched and is no envelope is as good as gone, and the others are fetched', async () => {
  const shard = freshShard();
  const names = [freshName('id'), freshName('id')];
  await rig.redis.set(liveFrameKey(shard, names[0]!), 'no envelope');
  expect(await new Forwarder(rig.link, rig.node).fetch(names.map((name) => ({ shard, name })))).toEqual([
    undefined,
    undefined,
  ]);
});
