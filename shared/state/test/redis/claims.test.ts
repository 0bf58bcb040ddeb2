import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { Claims, type Proof, type Registered, type RegistryRules } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, useStateRig } from './state-rig';

const rig = useStateRig();
const daySeconds = 86_400;
const claimSeconds = 400 * daySeconds;

const freshKey = (length = 32) => randomBytes(length);

type Asked = { node?: string; rules?: Partial<RegistryRules>; sinceMs?: number; session?: string };

async function register(shard: number, device: DeviceKey, proof?: Proof, asked: Asked = {}): Promise<Registered> {
  const { node = rig.node, rules, sinceMs = 0, session = freshName('session') } = asked;
  const [answer] = await rig.registry(node, rules).register(shard, [{ shard, device, session, sinceMs, proof }]);
  return answer!;
}

/** A device of a shard of its own that is bound to a key and held. */
async function claimed(node = rig.node) {
  const [shard, device, key, session] = [freshShard(), freshDevice(), freshKey(), freshName('session')];
  const answer = await register(shard, device, { key }, { node, session });
  if (answer.status !== 'registered') throw new Error(answer.status);
  return { shard, device, key, session, answer };
}

const heldBy = (shard: number, device: DeviceKey) => rig.mailbox(shard, device);
const boundTo = (shard: number, device: DeviceKey) =>
  new Claims(rig.link, { pressure: () => 0, budgetBytes: () => 0, shards: 1 }).keyOf(shard, device);

describe('the first proof', () => {
  test.each([32, 65])('binds the id to the key, of %d bytes, and makes it known', async (length) => {
    const [shard, device, key] = [freshShard(), freshDevice(), freshKey(length)];
    expect(await boundTo(shard, device)).toBeUndefined();
    expect(await register(shard, device, { key })).toMatchObject({
      status: 'registered',
      isClaimed: true,
      standing: 'known',
    });
    expect(await boundTo(shard, device)).toEqual(key);
    expect(await rig.redis.exists(`${shardPrefix(shard)}visitors`)).toBe(0);
  });

  test('takes the device over from a connection without a key, as any newer one does', async () => {
    const { shard, device, session, answer } = await rig.held();
    expect(await register(shard, device, { key: freshKey() })).toMatchObject({ replaced: session, isClaimed: true });
    const sinceMs = answer.status === 'registered' ? answer.sinceMs : 0;
    expect(await register(shard, device, undefined, { sinceMs })).toEqual({ status: 'superseded' });
  });

  test('may come from the connection that holds the device already', async () => {
    const { shard, device, session, answer } = await rig.held();
    const sinceMs = answer.status === 'registered' ? answer.sinceMs : 0;
    const again = await register(shard, device, { key: freshKey() }, { session, sinceMs });
    expect(again).toMatchObject({ status: 'registered', sinceMs, isClaimed: true });
  });
});

describe('a claimed device', () => {
  test.each([
    { by: 'nobody', proof: undefined },
    { by: 'another key', proof: { key: freshKey() } },
    { by: 'a key that succeeds another', proof: { key: freshKey(), succeeds: freshKey() } },
  ])(
    'is not registered with the proof of $by, and who holds it, on whichever node, hears nothing',
    async ({ proof }) => {
      const node = freshName('node');
      const { shard, device, key, session } = await claimed(node);
      const heard = await rig.listen(shard, node);
      const before = await heldBy(shard, device);
      for (const asker of [node, rig.node]) {
        expect(await register(shard, device, proof, { node: asker })).toEqual({ status: 'unproven' });
      }
      expect(await heldBy(shard, device)).toEqual(before);
      expect(await rig.redis.ttl(rig.key(shard, 'claim', device))).toBeCloseTo(claimSeconds, -2);
      await register(shard, device, { key });
      await eventually(() => expect(heard.records).toEqual([['replaced', device, session]]));
    },
  );

  test('goes from node to node with its key', async () => {
    const { shard, device, key } = await claimed();
    for (const node of [freshName('node'), rig.node]) {
      expect(await register(shard, device, { key }, { node })).toMatchObject({ status: 'registered', isClaimed: true });
    }
  });

  test('is bound to a new key when the old one has signed it, and no longer to the old one', async () => {
    const { shard, device, key: old } = await claimed();
    const key = freshKey(65);
    expect(await register(shard, device, { key, succeeds: old })).toMatchObject({ isClaimed: true });
    expect(await boundTo(shard, device)).toEqual(key);
    expect(await register(shard, device, { key: old })).toEqual({ status: 'unproven' });
    expect(await register(shard, device, { key, succeeds: old })).toMatchObject({ isClaimed: true }); // as after an outage
  });

  test('stays claimed for 400 days from its last use: a registration, or being there', async () => {
    const { shard, device, key, session } = await claimed();
    const claim = rig.key(shard, 'claim', device);
    expect(await rig.redis.ttl(claim)).toBeCloseTo(claimSeconds, -2);
    await rig.redis.expire(claim, daySeconds);
    await rig.changeMailbox(shard, device, { until: 1 }); // the lease is due
    await rig.registry().check(shard, [{ shard, device, session }]);
    expect(await rig.redis.ttl(claim)).toBeCloseTo(claimSeconds, -2);
    await rig.redis.expire(claim, daySeconds);
    await register(shard, device, { key });
    expect(await rig.redis.ttl(claim)).toBeCloseTo(claimSeconds, -2);
    await rig.redis.del(claim); // as when they are over
    expect(await register(shard, device)).toMatchObject({ status: 'registered', isClaimed: false, standing: 'seen' });
  });

  test('of which Redis has lost all is claimed again by the connection that holds it', async () => {
    const { shard, device, key, session, answer } = await claimed();
    const { sinceMs } = answer;
    for (const kind of ['box', 'claim'] as const) await rig.redis.del(rig.key(shard, kind, device));
    expect(await register(shard, device, { key }, { session, sinceMs })).toMatchObject({ isClaimed: true });
    expect(await register(shard, device)).toEqual({ status: 'unproven' });
  });
});

test('when Redis has lost a claim, its owner takes the device back from a newer connection without the key', async () => {
  const { shard, device, key, session, answer } = await claimed();
  for (const kind of ['box', 'claim'] as const) await rig.redis.del(rig.key(shard, kind, device));
  const node = freshName('node');
  const heard = await rig.listen(shard, node);
  const thief = freshName('session');
  const { sinceMs } = answer;
  expect(await register(shard, device, undefined, { node, session: thief })).toMatchObject({ isClaimed: false });
  expect(await register(shard, device, { key }, { session, sinceMs })).toMatchObject({ isClaimed: true, replaced: '' });
  await eventually(() => expect(heard.records).toEqual([['replaced', device, thief]]));
  const again = await register(shard, device, undefined, { node, session: thief, sinceMs: sinceMs + 1000 });
  expect(again).toEqual({ status: 'unproven' });
  const newer = await register(shard, device, { key }, { node });
  expect(newer).toMatchObject({ isClaimed: true });
  expect(await register(shard, device, { key }, { session, sinceMs })).toEqual({ status: 'superseded' });
});

describe('a deployment', () => {
  test('that requires claims registers nothing without a key', async () => {
    const [shard, device, rules] = [freshShard(), freshDevice(), { claims: 'required' as const }];
    expect(await register(shard, device, undefined, { rules })).toEqual({ status: 'unproven' });
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
    expect(await register(shard, device, { key: freshKey() }, { rules })).toMatchObject({ isClaimed: true });
  });

  test('that switched claims off asks for no key, and binds nothing', async () => {
    const { shard, device, key } = await claimed();
    const rules = { claims: 'off' as const };
    for (const proof of [undefined, { key: freshKey() }]) {
      expect(await register(shard, device, proof, { rules })).toMatchObject({ status: 'registered', isClaimed: false });
    }
    expect(await boundTo(shard, device)).toEqual(key);
    const fresh = freshDevice();
    await register(shard, fresh, { key }, { rules });
    expect(await boundTo(shard, fresh)).toBeUndefined();
  });

  test('that is short of room refuses first claims, and nobody who is claimed or holds a device', async () => {
    const { shard, device, key } = await claimed();
    const rules = { pressure: () => 4 };
    const stranger = freshDevice();
    expect(await register(shard, stranger, { key: freshKey() }, { rules })).toEqual({ status: 'short' });
    expect(await rig.redis.exists(rig.key(shard, 'box', stranger))).toBe(0);
    expect(await register(shard, device, { key }, { rules })).toMatchObject({ isClaimed: true });
    const { session, answer } = await rig.hold(shard, stranger);
    const sinceMs = answer.status === 'registered' ? answer.sinceMs : 0;
    const again = await register(shard, stranger, { key: freshKey() }, { rules, session, sinceMs });
    expect(again).toMatchObject({ status: 'registered', isClaimed: false });
    expect(await boundTo(shard, stranger)).toBeUndefined();
  });
});
