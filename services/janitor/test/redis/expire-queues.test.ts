import { beforeEach, describe, expect, test } from '@jest/globals';
import { MetricsWriter } from '@openrelay/state';
import { expireQueues } from '../../src/jobs/expire-queues';
import { JanitorMetrics } from '../../src/jobs/janitor-metrics';
import { freshDevice, freshNode, hourMs, messagesTo, messageTo, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();
const weekMs = 7 * 24 * hourMs;

beforeEach(() => rig.empty());

describe('the sweep of queues', () => {
  test('leaves no key of a device whose messages all expired', async () => {
    for (let shard = 0; shard < rig.shards; shard += 1) await rig.accept(shard, messagesTo(freshDevice(), 10, 0));
    expect(await expireQueues(rig.work())).toEqual({ messages: 40, queues: 4 });
    for (let shard = 0; shard < rig.shards; shard += 1) {
      expect(await rig.keysOf(shard)).toEqual([`or:{${shard}}:ledger`]);
      expect(await rig.ledger(shard)).toMatchObject({ accepted: 10, expired: 10, bytes: 0 });
    }
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  });

  test('leaves only what goes by itself within minutes: the ids of its messages are remembered', async () => {
    await rig.accept(0, [messageTo(freshDevice(), 0)]);
    await expireQueues(rig.work());
    expect(await rig.keysOf(0)).toEqual(['or:{0}:ledger']);
    const [ids] = await rig.redis.keys('or:{0}:ids:*');
    expect(await rig.redis.hlen(ids!)).toBe(1);
    expect(await rig.redis.pttl(ids!)).toBeLessThanOrEqual(360_000);
  });

  test('leaves of a device that is connected the registration, and that no longer than its lease', async () => {
    const device = freshDevice();
    await rig.register(0, device);
    await rig.accept(0, messagesTo(device, 2, 0));
    const key = `or:{0}:box:${device}`;
    expect(await rig.redis.pttl(key)).toBeGreaterThan(hourMs);
    await expireQueues(rig.work());
    expect(await rig.keysOf(0)).toEqual([key, 'or:{0}:ledger', `or:{0}:node:${rig.node}`]);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(hourMs);
  });

  test('takes out what has expired, keeps the rest in order, and looks at no queue in which nothing did', async () => {
    const [mixed, lasting] = [freshDevice(), freshDevice()];
    await rig.accept(0, [...messagesTo(mixed, 3, hourMs), ...messagesTo(mixed, 5, 0), ...messagesTo(mixed, 2, weekMs)]);
    await rig.accept(0, messagesTo(lasting, 7, hourMs));
    expect(await expireQueues(rig.work())).toEqual({ messages: 5, queues: 1 });
    const { messages } = await rig.mailbox(0, mixed);
    expect(messages).toHaveLength(5);
    expect(await rig.ledger(0)).toMatchObject({ accepted: 17, expired: 5 });
    const bytes = [...messages, ...(await rig.mailbox(0, lasting)).messages].reduce(
      (sum, { length }) => sum + length,
      0,
    );
    expect((await rig.ledger(0)).bytes).toBe(bytes);
    expect(await expireQueues(rig.work())).toEqual({ messages: 0, queues: 0 });
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  });

  test('counts into the metric that edges count into', async () => {
    for (let i = 0; i < 10; i += 1) await rig.accept(1, messagesTo(freshDevice(), 15, 0));
    await rig.accept(2, messagesTo(freshDevice(), 3, 0));
    await expireQueues(rig.work());
    await expireQueues(rig.work());
    expect(await rig.counted('messages_expired')).toBe(153);
  });

  test('counts each message once when two janitors sweep at once', async () => {
    for (let i = 0; i < 300; i += 1) await rig.accept(i % 4, messagesTo(freshDevice(), 10, 0));
    const other = rig.work({ metrics: new JanitorMetrics(new MetricsWriter(rig.link, freshNode())) });
    const [one, two] = await Promise.all([expireQueues(rig.work()), expireQueues(other)]);
    expect(one.messages! + two.messages!).toBe(3000);
    expect(await rig.counted('messages_expired')).toBe(3000);
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  });

  test('ends between two pages when the janitor has to leave, and the next one does the rest', async () => {
    for (let i = 0; i < 400; i += 1) await rig.accept(0, messagesTo(freshDevice(), 5, 0));
    const leaving = new AbortController();
    // The job looks at the time between pages.
    const monotonicMs = () => {
      leaving.abort(new Error('the janitor leaves'));
      return 0;
    };
    await expect(expireQueues(rig.work({ signal: leaving.signal, monotonicMs }))).rejects.toThrow('leaves');
    await expireQueues(rig.work());
    expect(await rig.keysOf(0)).toEqual(['or:{0}:ledger']);
    expect(await rig.ledger(0)).toMatchObject({ accepted: 2000, expired: 2000 });
  });

  test('ends a registration without a queue too, once nobody holds it', async () => {
    const device = freshDevice();
    await rig.register(0, device, freshNode());
    await rig.accept(0, messagesTo(device, 2, 0)); // finds nobody, and takes the holder out
    await expireQueues(rig.work());
    expect(await rig.keysOf(0)).toEqual(['or:{0}:ledger']);
  });
});
