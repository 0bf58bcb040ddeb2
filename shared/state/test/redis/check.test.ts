import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { shardPrefix } from '../../src/scripts/keys';
import { envelopeOfSize, freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

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

describe('a mailbox in which messages have lain', () => {
  const sizeOf = (shard: number, device: DeviceKey) => rig.redis.memory('USAGE', rig.key(shard, 'box', device));
  const encodingOf = (shard: number, device: DeviceKey) => rig.redis.object('ENCODING', rig.key(shard, 'box', device));

  // Names as long as those of real nodes, and messages that Redis does not pack (redis-arguments.ts): of more than 4 KiB.
  const node = randomBytes(6).toString('hex');
  const registry = () => rig.registry(node);
  const queue = () => rig.queue({}, node);

  async function heldAsByAnEdge() {
    const [shard, device, session] = [freshShard(), freshDevice(), `${node}.15000.15000`];
    await registry().register(shard, [{ shard, device, session, sinceMs: 0 }]);
    expect(await encodingOf(shard, device)).toBe('listpack');
    return { shard, device, session, fresh: await sizeOf(shard, device) };
  }

  async function emptied(count: number) {
    const held = await heldAsByAnEdge();
    const { shard, device, session } = held;
    const large = () => messageTo(device, { ttlMs: 48 * hourMs, envelope: envelopeOfSize(5000) });
    const accepted = await rig.accept(shard, Array.from({ length: count }, large), queue());
    const acks = accepted.map((_, i) => ({ device, session, seq: i + 1, bytes: 1 }));
    await rig.acknowledge(shard, acks, queue());
    expect([await rig.depth(shard, device), await encodingOf(shard, device)]).toEqual([0, 'hashtable']);
    return held;
  }

  test.each([1, 10])(
    'and that is empty again after %d is as a registration makes it once its lease is renewed',
    async (count) => {
      const { shard, device, session, fresh } = await emptied(count);
      const { since, seenUntil } = (await rig.mailbox(shard, device))!;
      const ledger = await rig.ledger(shard);
      expect(await registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'holds', seq: count }]);
      expect(await encodingOf(shard, device)).toBe('listpack');
      expect(await sizeOf(shard, device)).toBe(fresh);
      const mailbox = (await rig.mailbox(shard, device))!;
      const numbers = { seq: count, head: count + 1, bytes: 0, earliest: 0 };
      expect(mailbox).toMatchObject({ ...numbers, since, seenUntil, standing: 'seen', flags: [], node, session });
      expect(mailbox.until).toBe(await rig.redis.pexpiretime(rig.key(shard, 'box', device)));
      const leaseMs = mailbox.until - rig.link.clock.now();
      expect(Math.abs(leaseMs - hourMs)).toBeLessThan(10_000);
      expect(await rig.redis.zcard(`${shardPrefix(shard)}expiry`)).toBe(0);
      expect(await rig.ledger(shard)).toEqual(ledger);
      expect(await rig.bookedBytes(shard)).toBe(0);
    },
  );

  test.each([
    ['one piece of memory, and small again when it is empty,', 15, 'listpack'],
    ['a table', 16, 'hashtable'],
  ] as const)('is %s with %d of little', async (_, count, encoding) => {
    const { shard, device, session, fresh } = await heldAsByAnEdge();
    await rig.accept(shard, messagesTo(device, count), queue());
    expect(await encodingOf(shard, device)).toBe(encoding);
    const acks = Array.from({ length: count }, (__, i) => ({ device, session, seq: i + 1, bytes: 1 }));
    await rig.acknowledge(shard, acks, queue());
    expect([await rig.depth(shard, device), await encodingOf(shard, device)]).toEqual([0, encoding]);
    expect((await sizeOf(shard, device)) === fresh).toBe(encoding === 'listpack');
  });

  test('is made small again each time, and counts its messages on', async () => {
    const { shard, device, session, fresh } = await emptied(3);
    await registry().check(shard, [{ shard, device, session }]);
    expect(await rig.accept(shard, messagesTo(device, 1), queue())).toMatchObject([{ status: 'local', seq: 4 }]);
    const [page] = await queue().pull(shard, [{ device, session, cursor: 3 }]);
    expect(page).toMatchObject({ status: 'page', messages: [{ seq: 4 }] });
    expect(await rig.acknowledge(shard, [{ device, session, seq: 4, bytes: 1 }], queue())).toEqual(['taken']);
    expect(await registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'holds', seq: 4 }]);
    expect(await sizeOf(shard, device)).toBe(fresh);
  });

  test('keeps what a check changes, and no trace of a sweep', async () => {
    const { shard, device, session } = await emptied(2);
    await rig.changeMailbox(shard, device, { until: 1, swept: 1, sweptEarliest: 7 });
    await registry().check(shard, [{ shard, device, session, mark: 'backpressured' }]);
    const mailbox = (await rig.mailbox(shard, device))!;
    expect(mailbox).toMatchObject({ node, session, flags: ['backpressured'] });
    expect(mailbox.swept).toBeUndefined();
    expect(await rig.redis.pttl(rig.key(shard, 'box', device))).toBeGreaterThan(0.9 * hourMs);
  });

  test('is left as it is while one waits, and for another connection', async () => {
    const waiting = await emptied(2);
    await rig.accept(waiting.shard, messagesTo(waiting.device, 1), queue());
    const other = await emptied(2);
    const stateOf = async ({ shard, device }: typeof waiting) =>
      [await rig.mailbox(shard, device), await encodingOf(shard, device)] as const;
    const before = [await stateOf(waiting), await stateOf(other)];
    await registry().check(waiting.shard, [waiting]);
    await registry().check(other.shard, [{ ...other, session: freshName('session') }]);
    expect([await stateOf(waiting), await stateOf(other)]).toEqual(before);
    expect(before.map(([, encoding]) => encoding)).toEqual(['hashtable', 'hashtable']);
    expect(await rig.depth(waiting.shard, waiting.device)).toBe(1);
  });

  test('is as small when a sweep has emptied it', async () => {
    const { shard, device, fresh } = await heldAsByAnEdge();
    await rig.accept(shard, messagesTo(device, 3, { ttlMs: 0 }), queue());
    expect(await queue().expire(shard, [device])).toBe(3);
    expect(await sizeOf(shard, device)).toBe(fresh);
  });

  test('gets its messages swept again later', async () => {
    const { shard, device, session } = await emptied(1);
    await registry().check(shard, [{ shard, device, session }]);
    await rig.accept(shard, messagesTo(device, 1, { ttlMs: 0 }), queue());
    expect(await rig.redis.zrange(`${shardPrefix(shard)}expiry`, 0, '-1')).toEqual([device]);
    expect(await queue().expire(shard, [device])).toBe(1);
  });

  test('is written anew once, not by every check', async () => {
    const { shard, device, session } = await emptied(1);
    await registry().check(shard, [{ shard, device, session }]);
    const key = rig.key(shard, 'box', device);
    await rig.redis.hset(key, 'large', 'x'.repeat(5000)); // makes a table of it that no message did
    await rig.redis.hdel(key, 'large');
    await registry().check(shard, [{ shard, device, session }]);
    expect(await encodingOf(shard, device)).toBe('hashtable');
  });
});
