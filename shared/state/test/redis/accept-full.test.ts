import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { envelopeBytes } from '../../src/index';
import {
  envelopeOfSize,
  freshDevice,
  freshShard,
  messagesTo,
  messageTo,
  type ShardQueue,
  useStateRig,
} from './state-rig';

const rig = useStateRig();

async function acknowledgeAll(queue: ShardQueue, shard: number, device: DeviceKey): Promise<void> {
  const { session } = await rig.hold(shard, device);
  const [page] = await queue.pull(shard, [{ device, session, cursor: 0 }]);
  if (page?.status !== 'page') throw new Error('gone');
  await rig.acknowledge(
    shard,
    page.messages.map(({ seq, bytes }) => ({ device, session, seq, bytes })),
  );
}

describe('a queue that is full', () => {
  test('by count refuses the next, and does not tell how full it is', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxMessages: 3 })];
    const answers = await rig.accept(shard, messagesTo(device, 5), queue);
    expect(answers.slice(0, 3)).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    expect(answers.slice(3)).toEqual([{ status: 'full' }, { status: 'full' }]);
    expect(await rig.accept(shard, messagesTo(device, 1), queue)).toEqual([{ status: 'full' }]);
    expect(await rig.depth(shard, device)).toBe(3);
    expect((await rig.ledger(shard)).accepted).toBe(3);
  });

  test('by bytes refuses what does not fit, to the byte', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const message = () => messageTo(device, { envelope: envelopeOfSize(1000) });
    const room = 2 * envelopeBytes(message().envelope);
    expect(await rig.accept(shard, [message(), message()], rig.queue({ maxBytes: room - 1 }))).toMatchObject([
      { status: 'queued' },
      { status: 'full' },
    ]);
    expect(await rig.accept(shard, [message()], rig.queue({ maxBytes: room }))).toMatchObject([{ seq: 2 }]);
    const small = messageTo(device, { envelope: envelopeOfSize(1) });
    expect(await rig.accept(shard, [small], rig.queue({ maxBytes: room }))).toEqual([{ status: 'full' }]);
  });

  test('by bytes still takes a smaller one of the same batch', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxBytes: 2000 })];
    const sizes = [1000, 1000, 100].map((size) => messageTo(device, { envelope: envelopeOfSize(size) }));
    expect(await rig.accept(shard, sizes, queue)).toMatchObject([{ seq: 1 }, { status: 'full' }, { seq: 2 }]);
  });

  test('takes the same id when there is room again', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxMessages: 1 })];
    const refused = messageTo(device);
    const answers = await rig.accept(shard, [messageTo(device), refused, refused], queue);
    expect(answers).toMatchObject([{ seq: 1 }, { status: 'full' }, { status: 'full' }]);
    await acknowledgeAll(queue, shard, device);
    expect(await rig.accept(shard, [refused], queue)).toMatchObject([{ seq: 2 }]);
  });

  test('still acks the repeat of what it holds', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxMessages: 1 })];
    const held = messageTo(device);
    expect(await rig.accept(shard, [held, messageTo(device), held], queue)).toMatchObject([
      { seq: 1 },
      { status: 'full' },
      { status: 'repeated' },
    ]);
  });

  test('is no hindrance to other recipients of the batch', async () => {
    const [one, other, queue] = [freshDevice(), freshDevice(), rig.queue({ maxMessages: 1 })];
    const batch = [messageTo(one), messageTo(one), messageTo(other)];
    expect(await rig.accept(freshShard(), batch, queue)).toMatchObject([{ seq: 1 }, { status: 'full' }, { seq: 1 }]);
  });

  test('frees its bytes as messages are acknowledged', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxBytes: 3000 })];
    for (let round = 0; round < 5; round += 1) {
      const batch = [1000, 1000].map((size) => messageTo(device, { envelope: envelopeOfSize(size) }));
      expect(await rig.accept(shard, batch, queue)).toMatchObject([{ seq: 2 * round + 1 }, { seq: 2 * round + 2 }]);
      await acknowledgeAll(queue, shard, device);
    }
    expect(await rig.bookedBytes(shard)).toBe(0);
  });
});

describe('a queue that is full of what has expired in part', () => {
  test('is called stale, and has room once that is swept', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxMessages: 2 })];
    const message = messageTo(device);
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(device)], queue);
    expect(await rig.accept(shard, [message], queue)).toEqual([{ status: 'stale' }]);
    expect(await queue.expire(shard, [device])).toBe(1);
    expect(await rig.accept(shard, [message], queue)).toMatchObject([{ status: 'queued', seq: 3 }]);
    expect(await rig.accept(shard, messagesTo(device, 1), queue)).toEqual([{ status: 'full' }]);
    expect(await rig.ledger(shard)).toEqual({ accepted: 3, acked: 0, expired: 1 });
  });

  test('is full, and not stale for ever, once a sweep has found nothing', async () => {
    const [shard, device, queue] = [freshShard(), freshDevice(), rig.queue({ maxMessages: 2 })];
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(device)], queue);
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 0 }]);
    await rig.accept(shard, [messageTo(device)], queue);
    await queue.expire(shard, [device]);
    expect(await rig.accept(shard, messagesTo(device, 1), queue)).toEqual([{ status: 'full' }]);
  });
});
