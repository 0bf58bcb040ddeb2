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
    expect(await rig.redis.zcard(rig.key(shard, 'queue', device))).toBe(2);
    expect((await rig.ledger(shard)).accepted).toBe(2);
  });

  test('is a UUID, the same in any case', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device, { envelope: envelopeOf({ id: 'AB-cd' }) });
    await rig.accept(shard, [message]);
    const inOtherCase = { ...message, envelope: { ...message.envelope, id: 'ab-CD' } };
    expect(await rig.accept(shard, [inOtherCase])).toMatchObject([{ status: 'repeated' }]);
  });

  test('is still known after its message was acknowledged', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    await rig.accept(shard, [message]);
    const { session } = await rig.hold(shard, device);
    expect(await rig.queue().acknowledge(shard, [{ device, session, seq: 1, bytes: 100 }])).toEqual(['taken']);
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

  test('is remembered for two minutes from the first, and then is a message again', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = messageTo(device);
    const key = rig.key(shard, 'seen', `${device}:${message.envelope.sender}:${message.envelope.id}`);
    await rig.accept(shard, [message]);
    expect(await rig.redis.pttl(key)).toBeGreaterThan(115_000);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(120_000);
    await rig.redis.pexpire(key, 50_000);
    await rig.accept(shard, [message]);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(50_000);
    await rig.redis.del(key);
    expect(await rig.accept(shard, [{ ...message, ttlMs: 61_000 }])).toMatchObject([{ status: 'queued', seq: 2 }]);
  });

  test('is remembered for as long as its message is in the queue, and for two minutes from its ack', async () => {
    const [shard, device, hourMs] = [freshShard(), freshDevice(), 3_600_000];
    const message = messageTo(device, { ttlMs: hourMs });
    const [first] = await rig.accept(shard, [message]);
    if (first?.status !== 'queued') throw new Error('refused');
    const key = rig.key(shard, 'seen', `${device}:${message.envelope.sender}:${message.envelope.id}`);
    expect(await rig.redis.pttl(key)).toBeGreaterThan(hourMs - 5000);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(hourMs);

    const { session } = await rig.hold(shard, device);
    const { expiresAtMs } = first;
    const ack = { device, session, seq: 1, bytes: 100, message: { ...message.envelope, expiresAtMs } };
    expect(await rig.queue().acknowledge(shard, [ack])).toEqual(['taken']);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(120_000);
    await rig.redis.pexpire(key, 50_000);
    expect(await rig.queue().acknowledge(shard, [ack])).toEqual(['missing']);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(50_000);
    expect(await rig.accept(shard, [message])).toMatchObject([{ status: 'repeated' }]);
  });

  test('is of no concern to messages that are not repeatable', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const once = messageTo(device, { repeatable: false });
    await rig.accept(shard, [once]);
    expect(await rig.redis.keys(`or:{${shard}}:seen:*`)).toEqual([]);
    expect(await rig.accept(shard, [{ ...once, repeatable: true, ttlMs: 1 }])).toMatchObject([
      { status: 'queued', seq: 2 },
    ]);
  });
});
