import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

function lifeOf(shard: number, device: string): Promise<number> {
  return rig.redis.pttl(rig.key(shard, 'box', device));
}

function indexLife(shard: number): Promise<number> {
  return rig.redis.pttl(`${shardPrefix(shard)}expiry`);
}

describe('whatever accepting, reading and leaving write', () => {
  test('has a lifetime, but for the ledger', async () => {
    const [shard, device, other] = [freshShard(), freshDevice(), freshDevice()];
    await rig.accept(shard, [...messagesTo(device, 2), ...messagesTo(other, 2, { ttlMs: 0 })]);
    const { session } = await rig.hold(shard, device);
    const queue = rig.queue();
    await rig.accept(shard, messagesTo(device, 2));
    await queue.pull(shard, [{ device, session, cursor: 0 }]);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100 }]);
    await queue.expire(shard, [device, other]);
    await rig.registry().check(shard, [{ shard, device, session }]);
    await rig.registry().mark(shard, [{ shard, device, session, mark: 'backpressured' }]);
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    const keys = await rig.redis.keys(`or:{${shard}}:*`);
    const lasting = [];
    for (const key of keys) if ((await rig.redis.pttl(key)) < 0) lasting.push(key);
    expect(lasting).toEqual([`or:{${shard}}:ledger`]);
  });
});

describe('a queue', () => {
  test('outlives its messages by a day, so that a sweep can count them', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: 7 * dayMs }), messageTo(device, { ttlMs: minuteMs })]);
    for (const life of [await lifeOf(shard, device), await indexLife(shard)]) {
      expect(life).toBeGreaterThan(7.9 * dayMs);
      expect(life).toBeLessThanOrEqual(8 * dayMs);
    }
  });

  test('lives as long as the last of its messages, when a later one stays longer', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: minuteMs })]);
    await rig.accept(shard, [messageTo(device, { ttlMs: 7 * dayMs })]);
    expect(await lifeOf(shard, device)).toBeGreaterThan(7 * dayMs);
  });

  test('outlives its messages also when its device has a lease that ends just after them', async () => {
    const { shard, device } = await rig.held();
    await rig.accept(shard, [messageTo(device, { ttlMs: 59 * minuteMs })]);
    expect(await lifeOf(shard, device)).toBeGreaterThan(12 * hourMs);
    expect(await indexLife(shard)).toBeGreaterThan(12 * hourMs);
  });

  test('outlives its messages by half a day at least, also those that came later', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: minuteMs })]);
    await rig.accept(shard, [messageTo(device, { ttlMs: 23 * hourMs })]);
    expect(await lifeOf(shard, device)).toBeGreaterThan(35 * hourMs);
    expect(await indexLife(shard)).toBeGreaterThan(35 * hourMs);
  });

  test('that ran empty and fills again lives as long as what it holds', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: 7 * dayMs })]);
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: 100 }]);
    expect(await rig.depth(shard, device)).toBe(0);
    await rig.accept(shard, [messageTo(device, { ttlMs: minuteMs })]);
    expect(await lifeOf(shard, device)).toBeGreaterThan(minuteMs - 5000);
  });

  test.each(['the lease was renewed', 'its device registered anew'])(
    'that was begun under a lease lives on when %s since',
    async (what) => {
      const { shard, device, session } = await rig.held();
      await agedBy(50 * minuteMs, shard, device);
      await rig.accept(shard, [messageTo(device, { ttlMs: minuteMs })]);
      if (what === 'the lease was renewed') await rig.registry().check(shard, [{ shard, device, session }]);
      else await rig.hold(shard, device, freshName('node'));
      await rig.accept(shard, [messageTo(device, { ttlMs: 30 * minuteMs })]);
      expect(await lifeOf(shard, device)).toBeGreaterThan(29 * minuteMs);
    },
  );
});

/** Makes a device look as if its lease had been taken that much earlier. */
async function agedBy(ms: number, shard: number, device: DeviceKey): Promise<void> {
  const until = (await rig.mailbox(shard, device))!.until - ms;
  await rig.changeMailbox(shard, device, { until });
  await rig.redis.pexpireat(rig.key(shard, 'box', device), until);
}

describe('the expiry index', () => {
  async function indexed(shard: number, device: string): Promise<number> {
    return Number(await rig.redis.zscore(`${shardPrefix(shard)}expiry`, device));
  }

  test('holds each queue by its earliest expiry', async () => {
    const { shard, device } = await rig.known();
    const [late] = await rig.accept(shard, [messageTo(device, { ttlMs: hourMs })]);
    expect(late).toMatchObject({ expiresAtMs: await indexed(shard, device) });
    const [early] = await rig.accept(shard, [
      messageTo(device, { ttlMs: minuteMs }),
      messageTo(device, { ttlMs: hourMs }),
    ]);
    expect(early).toMatchObject({ expiresAtMs: await indexed(shard, device) });
    await rig.accept(shard, [messageTo(device, { ttlMs: 2 * hourMs })]);
    expect(early).toMatchObject({ expiresAtMs: await indexed(shard, device) });
  });

  test('is set right by a sweep, and loses a queue with nothing in it', async () => {
    const { shard, device } = await rig.known();
    const [, later] = await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(device, { ttlMs: hourMs })]);
    expect(await rig.queue().expire(shard, [device])).toBe(1);
    expect(later).toMatchObject({ expiresAtMs: await indexed(shard, device) });
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ device, session, seq: 2, bytes: 100 }]);
    expect(await rig.queue().expire(shard, [device])).toBe(0);
    expect(await rig.redis.zscore(`${shardPrefix(shard)}expiry`, device)).toBeNull();
  });

  test('names a queue anew when all that it was named for is gone', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 })]);
    const { session } = await rig.hold(shard, device);
    await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    const [next] = await rig.accept(shard, [messageTo(device, { ttlMs: hourMs })]);
    expect(next).toMatchObject({ expiresAtMs: await indexed(shard, device) });
  });

  test('lives as long as every queue that it names', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: minuteMs })]);
    await rig.accept(shard, [messageTo(device, { ttlMs: 7 * dayMs })]);
    expect(await indexLife(shard)).toBeGreaterThan(7 * dayMs);
  });

  test('has a lifetime also when a sweep makes it anew', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, [messageTo(device, { ttlMs: 2 * dayMs })]);
    await rig.redis.del(`${shardPrefix(shard)}expiry`);
    await rig.queue().expire(shard, [device]);
    expect(await indexLife(shard)).toBeGreaterThan(2 * dayMs - minuteMs);
  });
});

describe('a sweep', () => {
  test('takes out what has expired, counts it, and gives its bytes back', async () => {
    const { shard, device } = await rig.known();
    const mixed = Array.from({ length: 100 }, (_, i) => messageTo(device, { ttlMs: i % 3 === 0 ? hourMs : 0 }));
    await rig.accept(shard, mixed.slice(0, 64));
    await rig.accept(shard, mixed.slice(64));
    expect(await rig.queue().expire(shard, [device])).toBe(66);
    const { messages, bytes } = (await rig.mailbox(shard, device))!;
    expect(messages.size).toBe(34);
    expect(bytes).toBe([...messages.values()].reduce((sum, envelope) => sum + envelope.length, 0));
    expect(await rig.ledger(shard)).toEqual({ accepted: 100, acked: 0, expired: 66 });
  });

  test('forgets a device that nobody holds and that has nothing left', async () => {
    const [shard, device, held] = [freshShard(), freshDevice(), freshDevice()];
    await rig.accept(shard, [messageTo(device, { ttlMs: 0 }), messageTo(held, { ttlMs: 0 })]);
    await rig.hold(shard, held);
    expect(await rig.queue().expire(shard, [device, held, freshDevice()])).toBe(2);
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
    expect(await rig.mailbox(shard, held)).toMatchObject({ seq: 1 });
  });
});
