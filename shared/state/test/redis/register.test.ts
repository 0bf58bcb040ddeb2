import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Limiter, type Registered, type Registration, Registry } from '../../src/index';
import { freely, freshDevice, freshName, freshShard, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();

function sinceOf(answer: Registered): number {
  if (answer.status !== 'registered') throw new Error(answer.status);
  return answer.sinceMs;
}

async function again(shard: number, node: string, registration: Omit<Registration, 'shard'>) {
  const [answer] = await rig.registry(node).register(shard, [{ shard, ...registration }]);
  return answer!;
}

describe('a device that registers', () => {
  test('for the first time is new in every respect', async () => {
    const before = rig.link.clock.now();
    const { answer } = await rig.hold(freshShard(), freshDevice());
    expect(answer).toEqual({
      status: 'registered',
      sinceMs: expect.any(Number),
      seq: 0,
      depth: 0,
      replaced: '',
      requestsUsed: 0,
      pointsUsed: 0,
      isStale: false,
      standing: 'seen',
      connectedSeconds: 0,
      isClaimed: false,
    });
    expect(sinceOf(answer)).toBeGreaterThanOrEqual(Math.floor(before) - 50);
    expect(sinceOf(answer)).toBeLessThanOrEqual(rig.link.clock.now() + 50);
  });

  test('learns how far its queue has got and what waits in it', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 5));
    const { session } = await rig.hold(shard, device);
    await rig.acknowledge(shard, [{ shard, device, session, seq: 5, bytes: 100 }]);
    expect((await rig.hold(shard, device)).answer).toMatchObject({ seq: 5, depth: 4 });
  });

  test('learns whether some of what waits has expired, until that is swept', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 1));
    expect((await rig.hold(shard, device)).answer).toMatchObject({ depth: 1, isStale: false });
    await rig.accept(shard, messagesTo(device, 2, { ttlMs: 0 }));
    expect((await rig.hold(shard, device)).answer).toMatchObject({ depth: 3, isStale: true });
    await rig.queue().expire(shard, [device]);
    expect((await rig.hold(shard, device)).answer).toMatchObject({ depth: 1, isStale: false });
  });

  test('learns what it has used of its limits', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const limiter = new Limiter(rig.link, { requestsPerMinute: 60, pointsPerMinute: 512 });
    await limiter.charge(shard, [
      { shard, device, points: 7 },
      { shard, device, points: 3 },
    ]);
    expect((await rig.hold(shard, device)).answer).toMatchObject({ requestsUsed: 2, pointsUsed: 10 });
  });

  test('on the same node takes the place of its older connection, whose session is told to the node', async () => {
    const { shard, device, session: older } = await rig.held();
    const { session, answer } = await rig.hold(shard, device);
    expect(answer).toMatchObject({ status: 'registered', replaced: older });
    expect((await rig.mailbox(shard, device))?.session).toBe(session);
  });

  test('on another node takes it too, and the older node hears of it', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    const { session: older } = await rig.hold(shard, device, node);
    expect((await rig.hold(shard, device)).answer).toMatchObject({ status: 'registered', replaced: '' });
    await eventually(() => expect(heard.records).toEqual([['replaced', device, older]]));
    expect(await rig.heldBy(shard, node)).toEqual([]);
    expect(await rig.heldBy(shard, rig.node)).toEqual([device]);
  });

  test('is no longer behind, whatever its older connection was', async () => {
    const { shard, device, session } = await rig.held();
    await rig.registry().mark(shard, [{ shard, device, session, mark: 'backpressured' }]);
    await rig.hold(shard, device);
    expect((await rig.mailbox(shard, device))?.flags).toEqual([]);
  });

  test('comes in a batch with others, each with an answer of its own', async () => {
    const [shard, one, other] = [freshShard(), freshDevice(), freshDevice()];
    await rig.accept(shard, messagesTo(other, 2));
    const answers = await rig.registry().register(shard, [
      { shard, device: one, session: 'a', sinceMs: 0 },
      { shard, device: other, session: 'b', sinceMs: 0 },
      { shard, device: one, session: 'c', sinceMs: 0 },
    ]);
    expect(answers).toMatchObject([{ depth: 0, replaced: '' }, { depth: 2, replaced: '' }, { replaced: 'a' }]);
    expect(await rig.registry().register(shard, [])).toEqual([]);
  });
});

describe('a registration that is repeated after Redis was unavailable', () => {
  test('keeps its time, and is again the holder when nobody else is', async () => {
    const [shard, device, session] = [freshShard(), freshDevice(), freshName('session')];
    const sinceMs = Math.floor(rig.link.clock.now()) - 100_000;
    expect(await again(shard, rig.node, { device, session, sinceMs })).toMatchObject({ status: 'registered', sinceMs });
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'holds', seq: 0 }]);
  });

  test('finds itself where it was when Redis forgot nothing', async () => {
    const { shard, device, session, answer } = await rig.held();
    const repeated = await again(shard, rig.node, { device, session, sinceMs: sinceOf(answer) });
    expect(repeated).toMatchObject({ status: 'registered', sinceMs: sinceOf(answer), replaced: session });
  });

  test('yields to a newer one, on any node, and changes nothing', async () => {
    for (const node of [rig.node, freshName('node')]) {
      const { shard, device, session: newer, answer } = await rig.held(node);
      const sinceMs = sinceOf(answer) - 1;
      const older = freshName('session');
      expect(await again(shard, rig.node, { device, session: older, sinceMs })).toEqual({
        status: 'superseded',
      });
      expect(await rig.mailbox(shard, device)).toMatchObject({ session: newer, node });
    }
  });

  test('yields to a newer one that registered when the clock of Redis had been set back', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const sinceMs = Math.floor(rig.link.clock.now()) + 600_000;
    await again(shard, freshName('node'), { device, session: freshName('session'), sinceMs });
    const { session: newer } = await rig.hold(shard, device);
    const older = { device, session: freshName('session'), sinceMs };
    expect(await again(shard, rig.node, older)).toEqual({ status: 'superseded' });
    expect((await rig.mailbox(shard, device))?.session).toBe(newer);
  });

  test('takes the place of an older one', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const { answer } = await rig.hold(shard, device, node);
    const session = freshName('session');
    const repeated = await again(shard, rig.node, { device, session, sinceMs: sinceOf(answer) + 1 });
    expect(repeated).toMatchObject({ status: 'registered' });
    expect((await rig.mailbox(shard, device))?.session).toBe(session);
  });

  test('does not yield to a newer one that has left', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 1));
    const { session: newer, answer } = await rig.hold(shard, device);
    await rig.registry().deregister(shard, [{ shard, device, session: newer, manner: 'closed' }]);
    const registration = { device, session: freshName('session'), sinceMs: sinceOf(answer) - 1000 };
    expect(await again(shard, rig.node, registration)).toMatchObject({ status: 'registered', depth: 1 });
  });
});

test('a holder that is damaged hides no messages from who registers', async () => {
  const [shard, device] = [freshShard(), freshDevice()];
  await rig.accept(shard, messagesTo(device, 2));
  await rig.redis.hset(rig.key(shard, 'box', device), 'd', 'oops');
  expect((await rig.hold(shard, device)).answer).toMatchObject({ status: 'registered', seq: 2, depth: 2 });
});

test('books that are damaged let no mailbox end before its messages do', async () => {
  const { shard, device } = await rig.known();
  await rig.accept(shard, messagesTo(device, 2, { ttlMs: 7 * 86_400_000 }));
  const key = rig.key(shard, 'box', device);
  await rig.redis.hset(key, 'b', 'oops');
  const { session } = await rig.hold(shard, device);
  await rig.redis.hset(key, 'b', 'oops');
  await rig.registry().check(shard, [{ shard, device, session }]);
  expect(await rig.redis.pttl(key)).toBeGreaterThan(7 * 86_400_000);
});

describe('what Redis gets to after its asker has given up', () => {
  test('claims nothing, marks nothing, renews nothing and charges nothing', async () => {
    const [shard, device, elsewhere] = [freshShard(), freshDevice(), freshName('node')];
    const { session } = await rig.hold(shard, device, elsewhere);
    const before = await rig.mailbox(shard, device);
    const registry = rig.registry();
    const limiter = new Limiter(rig.link, { requestsPerMinute: 60, pointsPerMinute: 512 });
    const asks = () => [
      registry.register(shard, [{ shard, device, session: freshName('session'), sinceMs: 0 }]),
      registry.mark(shard, [{ shard, device, session, mark: 'backpressured' }]),
      registry.check(shard, [{ shard, device, session, mark: 'backpressured' }]),
      limiter.charge(shard, [{ shard, device, points: 1 }]),
    ];
    const late = await rig.late(() => Promise.allSettled(asks()));
    for (const one of late)
      expect(one).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/^LATE/) } });
    expect(await rig.mailbox(shard, device)).toEqual(before);
    expect(await rig.redis.exists(rig.key(shard, 'used', device))).toBe(0);
    expect(rig.link.isAvailable).toBe(true);
  });
});

test('devices of a node that died cost one notice to nobody in a call, not one each', async () => {
  const server = await rig.ownRedis();
  const link = await rig.openLink({ url: server.url });
  const shard = freshShard();
  const devices = Array.from({ length: 20 }, freshDevice);
  const register = (node: string) =>
    new Registry(link, node, freely).register(
      shard,
      devices.map((device) => ({ shard, device, session: `${node}.${device}.1`, sinceMs: 0 })),
    );
  await register('dead');
  expect(await register('living')).toMatchObject(devices.map(() => ({ status: 'registered', replaced: '' })));
  expect(await askRedis(server.url, ['INFO', 'commandstats'])).toMatch(/cmdstat_spublish:calls=1,/);
});
