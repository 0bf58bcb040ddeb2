import { describe, expect, test } from '@jest/globals';
import { envelopeOf, freshDevice, freshShard, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();

describe('a repeated message id', () => {
  test('is stored once and answered with the first expiry, within a batch and across batches', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    const [first, again] = await rig.accept(shard, [message, { ...message, ttlMs: 5_000_000 }]);
    if (first?.status !== 'queued') throw new Error('refused');
    expect(again).toEqual({ status: 'repeated', expiresAtMs: first.expiresAtMs });
    const answers = await rig.accept(shard, [message, messageTo(device), message]);
    expect(answers).toMatchObject([{ status: 'repeated' }, { status: 'queued', seq: 2 }, { status: 'repeated' }]);
    expect(await rig.depth(shard, device)).toBe(2);
    expect((await rig.ledger(shard)).accepted).toBe(2);
  });

  test('is a UUID, the same in any case', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device, { envelope: envelopeOf({ id: 'AB-cd' }) });
    await rig.accept(shard, [message]);
    const { sender } = message.envelope;
    const inOtherCase = messageTo(device, { envelope: envelopeOf({ sender, id: 'ab-CD' }) });
    expect(await rig.accept(shard, [inOtherCase])).toMatchObject([{ status: 'repeated' }]);
  });

  test('is still known after its message was acknowledged', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    await rig.accept(shard, [message]);
    const { session } = await rig.hold(shard, device);
    expect(await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100 }])).toEqual(['taken']);
    expect(await rig.accept(shard, [message])).toMatchObject([{ status: 'repeated' }]);
  });

  test('from two senders is two messages', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const id = envelopeOf().id;
    const answers = await rig.accept(shard, [
      messageTo(device, { envelope: envelopeOf({ id }) }),
      messageTo(device, { envelope: envelopeOf({ id }) }),
    ]);
    expect(answers).toMatchObject([
      { status: 'queued', seq: 1 },
      { status: 'queued', seq: 2 },
    ]);
  });

  test('to two recipients is two messages', async () => {
    const envelope = envelopeOf();
    const batch = [messageTo(freshDevice(), { envelope }), messageTo(freshDevice(), { envelope })];
    expect(await rig.accept(freshShard(), batch)).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  });

  test('is remembered for as long as its message is in the mailbox, and for two to four minutes after its ack', async () => {
    const [shard, device, hourMs] = [freshShard(), freshDevice(), 3_600_000];
    const message = messageTo(device, { ttlMs: hourMs });
    const [first] = await rig.accept(shard, [message]);
    if (first?.status !== 'queued') throw new Error('refused');
    expect(await buckets(shard)).toEqual([]);
    const { session } = await rig.hold(shard, device);
    const { expiresAtMs } = first;
    const before = await bucketNow();
    expect(await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100, expiresAtMs }])).toEqual(['taken']);
    const [bucket] = await buckets(shard);
    expect(Number(bucket)).toBeGreaterThanOrEqual(before);
    const life = await rig.redis.pttl(rig.key(shard, 'ids', bucket!));
    expect(life).toBeGreaterThan(350_000);
    expect(life).toBeLessThanOrEqual(360_000);
    expect(await rig.accept(shard, [message])).toEqual([{ status: 'repeated', expiresAtMs }]);

    // As time would: the bucket of two minutes ago still counts, and that of four minutes ago does not.
    await rig.redis.rename(rig.key(shard, 'ids', bucket!), rig.key(shard, 'ids', String(Number(bucket) - 1)));
    expect(await rig.accept(shard, [message])).toEqual([{ status: 'repeated', expiresAtMs }]);
    await rig.redis.rename(
      rig.key(shard, 'ids', String(Number(bucket) - 1)),
      rig.key(shard, 'ids', String(Number(bucket) - 2)),
    );
    expect(await rig.accept(shard, [message])).toMatchObject([{ status: 'local', seq: 2 }]);
    // Whoever begins a bucket takes out the one that nobody looks into any more.
    const digest = message.envelope.digest;
    await rig.acknowledge(shard, [{ device, session, seq: 2, bytes: 100, digest }]);
    expect(await buckets(shard)).toHaveLength(1);
  });

  test('is remembered after its message has expired, unless that was accepted two minutes ago', async () => {
    const [shard, device, stale] = [freshShard(), freshDevice(), freshDevice()];
    const messages = [messageTo(device, { ttlMs: 0 }), messageTo(stale, { ttlMs: 0 })];
    await rig.accept(shard, messages);
    const mailbox = rig.key(shard, 'box', stale);
    const envelope = (await rig.mailbox(shard, stale))!.messages.get(1)!;
    envelope.writeBigUInt64BE(BigInt(Date.now() - 121_000), 11);
    await rig.redis.hset(mailbox, '1', envelope);
    expect(await rig.queue().expire(shard, [device, stale])).toBe(2);
    expect(await rig.accept(shard, messages)).toMatchObject([{ status: 'repeated' }, { status: 'queued' }]);
  });

  test('does not hide a new message of that id once the first has expired, two minutes ago and more, and nobody swept it', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    await rig.accept(shard, [message]);
    await rig.letExpire(shard, device, 1);
    const again = await rig.accept(shard, [message, messageTo(device), message]);
    expect(again).toMatchObject([{ status: 'queued', seq: 2 }, { status: 'queued', seq: 3 }, { status: 'repeated' }]);
    expect(await rig.ledger(shard)).toEqual({ accepted: 3, acked: 0, expired: 1 });
    const { bytes, messages, numbers } = (await rig.mailbox(shard, device))!;
    expect([[...messages.keys()], [...numbers.values()]]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(bytes).toBe([...messages.values()].reduce((sum, each) => sum + each.length, 0));
    expect(await rig.bookedBytes(shard)).toBe(bytes);
  });

  test('is known when Redis has set its clock back into the two minutes before', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    await rig.accept(shard, [message]);
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100 }]);
    const [bucket] = await buckets(shard);
    await rig.redis.rename(rig.key(shard, 'ids', bucket!), rig.key(shard, 'ids', String(Number(bucket) + 1)));
    expect(await rig.accept(shard, [message])).toMatchObject([{ status: 'repeated' }]);
  });

  test('is not remembered when its message has no id of its sender', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, [messageTo(device)]);
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100, expiresAtMs: 0 }]);
    expect(await buckets(shard)).toEqual([]);
  });
});

/** Which two minutes it is. */
async function bucketNow(): Promise<number> {
  const [seconds] = await rig.redis.time();
  return Math.floor(Number(seconds) / 120);
}

async function buckets(shard: number): Promise<string[]> {
  const keys = await rig.redis.keys(rig.key(shard, 'ids', '*'));
  return keys.map((key) => key.slice(key.lastIndexOf(':') + 1));
}
