import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { Ledger, QueueSweeper } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { envelopeOfSize, freshDevice, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const hourMs = 3600 * 1000;
/** What one call looks at, at least. */
const callMessages = 512;
const generous = { maxMessages: 10_000, maxBytes: 2 ** 30 };

function sweep(shard: number, pageSize = 10) {
  return new QueueSweeper(rig.link).sweep(shard, pageSize);
}

/** `count` messages, every third of which lives on. */
async function fillMixed(shard: number, device: DeviceKey, count: number): Promise<number> {
  const queue = rig.queue(generous);
  for (let start = 0; start < count; start += 60) {
    const batch = Array.from({ length: Math.min(60, count - start) }, (_, i) =>
      messageTo(device, { ttlMs: (start + i) % 3 === 0 ? hourMs + start + i : 0 }),
    );
    await rig.accept(shard, batch, queue);
  }
  return Math.ceil(count / 3);
}

async function expectBalance(shard: number): Promise<void> {
  expect((await new Ledger(rig.link).audit(shard)).status).toBe('balanced');
}

describe('a page of the sweep', () => {
  test('takes as many queues as it is told from the beginning of the index', async () => {
    const shard = freshShard();
    for (let i = 0; i < 5; i += 1) await rig.accept(shard, messagesTo(freshDevice(), 2, { ttlMs: 0 }));
    expect(await sweep(shard, 3)).toEqual({ expired: 6, queues: 3, more: true });
    expect(await sweep(shard, 3)).toEqual({ expired: 4, queues: 2, more: false });
    expect(await sweep(shard, 3)).toEqual({ expired: 0, queues: 0, more: false });
    await expectBalance(shard);
  });

  test('looks at a bounded part of a long queue, and goes on from there', async () => {
    const { shard, device } = await rig.known();
    const kept = await fillMixed(shard, device, 3 * callMessages);
    let calls = 0;
    let expired = 0;
    for (let more = true; more; calls += 1) {
      const page = await sweep(shard);
      expired += page.expired;
      more = page.more;
    }
    expect(calls).toBe(3);
    expect(expired).toBe(3 * callMessages - kept);
    expect(await rig.depth(shard, device)).toBe(kept);
    expect((await rig.mailbox(shard, device))?.swept).toBeUndefined();
    await expectBalance(shard);
  });

  test('looks at a bounded number of bytes', async () => {
    const { shard, device } = await rig.known();
    const large = { ttlMs: 0, envelope: envelopeOfSize(100_000) };
    for (let i = 0; i < 40; i += 1)
      await rig.accept(shard, [messageTo(device, { ...large, envelope: envelopeOfSize(100_000) })]);
    const { expired, more } = await sweep(shard);
    expect({ isBounded: expired > 0 && expired < 20, more }).toEqual({ isBounded: true, more: true });
  });

  test('finds the earliest expiry over all calls, also of what came and went between them', async () => {
    const { shard, device } = await rig.known();
    const queue = rig.queue(generous);
    const [first] = await rig.accept(shard, [messageTo(device, { ttlMs: hourMs })], queue);
    await fillMixed(shard, device, 2 * callMessages);
    expect((await sweep(shard)).more).toBe(true);
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(device, { ttlMs: 2 * hourMs })], queue);
    while ((await sweep(shard)).more);
    const score = await rig.redis.zscore(`${shardPrefix(shard)}expiry`, device);
    expect(first).toMatchObject({ expiresAtMs: Number(score) });
    expect(await rig.mailbox(shard, device)).toMatchObject({ earliest: Number(score) });
    await expectBalance(shard);
  });

  test('begins anew in a queue that was emptied and filled while it was half done', async () => {
    const { shard, device } = await rig.known();
    await fillMixed(shard, device, 2 * callMessages);
    await sweep(shard);
    const { session } = await rig.hold(shard, device);
    const seqs = (await rig.mailbox(shard, device))!.messages.keys();
    const acks = Array.from(seqs, (seq) => ({ device, session, seq, bytes: 1 }));
    await rig.acknowledge(shard, acks);
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(device, { ttlMs: hourMs })]);
    for (let more = true; more; ) more = (await sweep(shard)).more;
    expect(await rig.depth(shard, device)).toBe(1);
    await expectBalance(shard);
  });

  test('sweeps the queues of given devices to their end, however long they are', async () => {
    const shard = freshShard();
    const devices = [freshDevice(), freshDevice(), freshDevice()];
    await rig.makeKnown(shard, ...devices);
    for (const device of devices) await fillMixed(shard, device, 900);
    expect(await rig.queue().expire(shard, devices)).toBe(1800);
    await expectBalance(shard);
  });

  test('goes on in a mailbox whose books are damaged: they are made anew from its messages', async () => {
    const { shard, device } = await rig.known();
    const kept = await fillMixed(shard, device, 3 * callMessages);
    await rig.redis.hset(rig.key(shard, 'box', device), 'b', 'oops');
    let calls = 0;
    for (let more = true; more; calls += 1) ({ more } = await sweep(shard));
    expect(calls).toBeLessThan(6);
    const { seq, bytes, messages } = (await rig.mailbox(shard, device))!;
    expect({ seq, kept: messages.size }).toEqual({ seq: 3 * callMessages, kept });
    expect(bytes).toBe([...messages.values()].reduce((sum, envelope) => sum + envelope.length, 0));
  });
});
