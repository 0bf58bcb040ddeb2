import { describe, expect, test } from '@jest/globals';
import { freshDevice, freshName, freshShard, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();
const hourMs = 3600 * 1000;

describe('a connection that asks after its device', () => {
  test('hears that it holds it, and how far the queue has got', async () => {
    const { shard, device, session } = await rig.held();
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'holds', seq: 0 }]);
    await rig.accept(shard, messagesTo(device, 300));
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'holds', seq: 300 }]);
  });

  test('hears that another holds it', async () => {
    const { shard, device, session } = await rig.held();
    await rig.hold(shard, device, freshName('node'));
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'replaced' }]);
  });

  test('hears that nobody does, when Redis forgot or a publish found nobody', async () => {
    const [shard, forgotten, unheard, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    const { session } = await rig.hold(shard, forgotten);
    await rig.redis.del(rig.key(shard, 'box', forgotten));
    const { session: deaf } = await rig.hold(shard, unheard, node);
    await rig.accept(shard, messagesTo(unheard, 1));
    const holders = [
      { shard, device: forgotten, session },
      { shard, device: unheard, session: deaf },
    ];
    expect(await rig.registry(node).check(shard, holders)).toEqual([{ status: 'lost' }, { status: 'lost' }]);
  });

  test('has its mark of a backed-up socket put right, which may have got lost', async () => {
    const { shard, device, session } = await rig.held();
    const marked = async () => (await rig.mailbox(shard, device))!.flags.includes('backpressured');
    await rig.registry().check(shard, [{ shard, device, session, mark: 'backpressured' }]);
    expect(await marked()).toBe(true);
    await rig.registry().check(shard, [{ shard, device, session: freshName('session'), mark: 'writable' }]);
    expect(await marked()).toBe(true);
    await rig.registry().check(shard, [{ shard, device, session, mark: 'writable' }]);
    expect(await marked()).toBe(false);
  });

  test('comes in a batch with others, or with none', async () => {
    const [shard, devices] = [freshShard(), [freshDevice(), freshDevice(), freshDevice()]];
    const holders = [];
    for (const device of devices) holders.push({ shard, device, session: (await rig.hold(shard, device)).session });
    await rig.hold(shard, devices[1]!);
    const states = await rig.registry().check(shard, holders);
    expect(states.map(({ status }) => status)).toEqual(['holds', 'replaced', 'holds']);
    expect(await rig.registry().check(shard, [])).toEqual([]);
  });
});

describe('a lease', () => {
  test('lasts an hour from the registration', async () => {
    const { shard, device } = await rig.held();
    for (const key of [rig.key(shard, 'box', device), rig.key(shard, 'node', rig.node)]) {
      const life = await rig.redis.pttl(key);
      expect(life).toBeGreaterThan(hourMs - 10_000);
      expect(life).toBeLessThanOrEqual(hourMs);
    }
  });

  test.each([
    { left: 'more', leftMs: 0.8 * hourMs, renewed: 'not renewed' },
    { left: 'less', leftMs: 0.7 * hourMs, renewed: 'renewed' },
  ])('of which $left than three quarters are left is $renewed by a check', async ({ leftMs, renewed }) => {
    const [shard, device] = [freshShard(), freshDevice()];
    const key = rig.key(shard, 'box', device);
    const { session } = await rig.hold(shard, device);
    const until = Math.floor(rig.link.clock.now() + leftMs);
    await rig.changeMailbox(shard, device, { until });
    await rig.redis.pexpireat(key, until);
    await rig.registry().check(shard, [{ shard, device, session }]);
    const life = await rig.redis.pttl(key);
    expect(life > 0.9 * hourMs).toBe(renewed === 'renewed');
    expect((await rig.mailbox(shard, device))!.until - rig.link.clock.now()).toBeGreaterThan(life - 1000);
  });

  test('of another connection is not renewed', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const key = rig.key(shard, 'box', device);
    const { session } = await rig.hold(shard, device);
    await rig.hold(shard, device, freshName('node'));
    await rig.changeMailbox(shard, device, { until: 1 });
    await rig.redis.pexpire(key, 60_000);
    await rig.registry().check(shard, [{ shard, device, session }]);
    expect(await rig.redis.pttl(key)).toBeLessThanOrEqual(60_000);
  });

  test('never shortens the life of a queue that lasts longer', async () => {
    const { shard, device } = await rig.known();
    await rig.accept(shard, messagesTo(device, 1, { ttlMs: 48 * hourMs }));
    const { session } = await rig.hold(shard, device);
    await rig.registry().check(shard, [{ shard, device, session }]);
    expect(await rig.redis.pttl(rig.key(shard, 'box', device))).toBeGreaterThan(48 * hourMs);
  });
});
