import { describe, expect, test } from '@jest/globals';
import { freshDevice, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
/** What this process takes for Redis's clock is taken for right when it is as near as this. */
const toleranceMs = 50;

describe('accepted messages', () => {
  test('get the numbers of their queue in order, within a batch and across', async () => {
    const { shard, device } = await rig.known();
    const first = await rig.accept(shard, messagesTo(device, 3));
    const second = await rig.accept(shard, messagesTo(device, 64));
    expect([...first, ...second]).toMatchObject(
      Array.from({ length: 67 }, (_, i) => ({ status: 'queued', seq: i + 1 })),
    );
    expect(await rig.depth(shard, device)).toBe(67);
  });

  test('are numbered by each queue for itself', async () => {
    const [shard, one, other] = [freshShard(), freshDevice(), freshDevice()];
    const batch = [messageTo(one), messageTo(other), messageTo(one), messageTo(other), messageTo(one)];
    expect(await rig.accept(shard, batch)).toMatchObject([{ seq: 1 }, { seq: 1 }, { seq: 2 }, { seq: 2 }, { seq: 3 }]);
  });

  test('are read in the order in which they were accepted', async () => {
    const { shard, device } = await rig.known();
    const messages = messagesTo(device, 20);
    for (const start of [0, 7, 8])
      await rig.accept(shard, messages.slice(start, start === 0 ? 7 : start === 7 ? 8 : 20));
    const { session } = await rig.hold(shard, device);
    const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    if (page?.status !== 'page') throw new Error('gone');
    expect(page.messages.map(({ envelope }) => envelope.id)).toEqual(messages.map(({ envelope }) => envelope.id));
  });

  test('expire their time to live after now, by the clock of Redis', async () => {
    const { shard, device } = await rig.known();
    const before = await redisNowMs();
    const [short, long] = await rig.accept(shard, [
      messageTo(device, { ttlMs: 1000 }),
      messageTo(device, { ttlMs: 7 * 86_400_000 }),
    ]);
    const after = await redisNowMs();
    if (!short || !('expiresAtMs' in short) || !long || !('expiresAtMs' in long)) throw new Error('refused');
    expect(short.expiresAtMs).toBeGreaterThanOrEqual(before - toleranceMs + 1000);
    expect(short.expiresAtMs).toBeLessThanOrEqual(after + toleranceMs + 1000);
    expect(long.expiresAtMs - short.expiresAtMs).toBe(7 * 86_400_000 - 1000);
  });

  test('expire by the clock of Redis also when this process takes another for it', async () => {
    const { shard, device } = await rig.known();
    const { clock } = rig.link;
    clock.begin(clock.now() + 10_000);
    const before = await redisNowMs();
    const [answer] = await rig.accept(shard, [messageTo(device, { ttlMs: 1000 })]);
    const after = await redisNowMs();
    clock.begin(after);
    if (!answer || !('expiresAtMs' in answer)) throw new Error('refused');
    expect(answer.expiresAtMs).toBeGreaterThanOrEqual(before + 1000);
    expect(answer.expiresAtMs).toBeLessThanOrEqual(after + 1000);
    const { session } = await rig.hold(shard, device);
    const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    expect(page).toMatchObject({ messages: [{ expiresAtMs: answer.expiresAtMs }] });
  });

  test('set the clock of this process', async () => {
    rig.link.clock.begin(rig.link.clock.now() - 1500);
    await rig.accept(freshShard(), messagesTo(freshDevice(), 1));
    expect(Math.abs(rig.link.clock.now() - (await redisNowMs()))).toBeLessThan(1000);
  });

  test('are counted in the ledger of their shard', async () => {
    const shard = freshShard();
    await rig.accept(shard, [...messagesTo(freshDevice(), 2), ...messagesTo(freshDevice(), 3)]);
    expect(await rig.ledger(shard)).toEqual({ accepted: 5, acked: 0, expired: 0 });
  });

  test('may be none', async () => {
    const shard = freshShard();
    expect(await rig.accept(shard, [])).toEqual([]);
    expect(await rig.redis.keys(`or:{${shard}}:*`)).toEqual([]);
  });
});

describe('a call that Redis gets to after its asker has given up', () => {
  test('fails, stores nothing and remembers nothing', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const batch = messagesTo(device, 2);
    const late = rig.late(() => rig.accept(shard, batch));
    await expect(late).rejects.toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^LATE/) });
    expect(await rig.redis.keys(`or:{${shard}}:*`)).toEqual([]);
    expect(await rig.accept(shard, batch)).toMatchObject([
      { status: 'queued', seq: 1 },
      { status: 'queued', seq: 2 },
    ]);
  });

  test('leaves the connection to Redis as it was', async () => {
    const late = rig.late(() => rig.accept(freshShard(), messagesTo(freshDevice(), 1)));
    await expect(late).rejects.toThrow('LATE');
    expect(rig.link.isAvailable).toBe(true);
  });
});

async function redisNowMs(): Promise<number> {
  const [seconds, micros] = await rig.redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
