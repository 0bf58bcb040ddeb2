import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type DeviceKey, maxContacts } from '@openrelay/protocol';
import { Claims, type ContactsChange, type ContactsChanged } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, useStateRig } from './state-rig';

const rig = useStateRig();
const claimSeconds = 400 * 86_400;

const freshTag = () => randomBytes(16).toString('hex');
const freshTags = (count: number) => Array.from({ length: count }, freshTag);

type Change = Omit<ContactsChange, 'shard' | 'device' | 'session'>;

const roomy = { pressure: () => 0, budgetBytes: () => 0, shards: 1 };

async function claimed(shard = freshShard()) {
  const [device, session, key] = [freshDevice(), freshName('session'), randomBytes(32)];
  await rig.registry().register(shard, [{ shard, device, session, sinceMs: 0, proof: { key } }]);
  const change = async (asked: Change, pressure = 0, budgetBytes = 0): Promise<ContactsChanged> => {
    const claims = new Claims(rig.link, { pressure: () => pressure, budgetBytes: () => budgetBytes, shards: 1 });
    return (await claims.changeContacts(shard, [{ shard, device, session, ...asked }]))[0]!;
  };
  return { shard, device, session, key, change };
}

async function listed(shard: number, device: DeviceKey): Promise<string[]> {
  const lists = await rig.redis.hvalsBuffer(rig.key(shard, 'contacts', device));
  const packed = Buffer.concat(lists).toString('hex');
  return (packed.match(/.{32}/g) ?? []).sort();
}

const flags = async (shard: number, device: DeviceKey) => (await rig.mailbox(shard, device))!.flags;

describe('the contacts of a claimed device', () => {
  test('are added, removed and replaced; a change says how it is now', async () => {
    const { shard, device, change } = await claimed();
    const [a, b, c] = [freshTag(), freshTag(), freshTag()];
    expect(await change({ add: [a, b, b] })).toEqual({ status: 'changed', accept: 'anyone', listed: 2 });
    expect(await change({ add: [b, c], remove: [a] })).toEqual({ status: 'changed', accept: 'anyone', listed: 2 });
    expect(await listed(shard, device)).toEqual([b, c].sort());
    expect(await change({ replace: [a], add: [b, c], remove: [c] })).toMatchObject({ listed: 2 });
    expect(await listed(shard, device)).toEqual([a, b].sort());
    expect(await change({ add: [c], remove: [c] })).toMatchObject({ listed: 2 });
    expect(await change({ replace: [] })).toMatchObject({ listed: 0 });
    expect(await change({})).toEqual({ status: 'changed', accept: 'anyone', listed: 0 });
  });

  test('of an older version, a set, are packed by the first change and keep their lifetime', async () => {
    const { shard, device, change } = await claimed();
    const [tags, one] = [freshTags(100), freshTag()];
    const key = rig.key(shard, 'contacts', device);
    await rig.redis.sadd(key, ...tags.map((tag) => Buffer.from(tag, 'hex')));
    expect(await change({ add: [one], remove: [tags[0]!] })).toMatchObject({ status: 'changed', listed: 100 });
    expect(await listed(shard, device)).toEqual([...tags.slice(1), one].sort());
    expect(await rig.redis.ttl(key)).toBe(claimSeconds);
  });

  test('decide when the device says so, from then on and after it registers again', async () => {
    const { shard, device, session, key, change } = await claimed();
    expect(await change({ accept: 'listed' })).toEqual({ status: 'changed', accept: 'listed', listed: 0 });
    expect(await flags(shard, device)).toEqual(['listed']);
    expect(await change({ add: [freshTag()] })).toEqual({ status: 'changed', accept: 'listed', listed: 1 });
    const again = {
      shard,
      device,
      session: freshName('session'),
      sinceMs: 0,
      proof: { key },
      presence: 'hidden' as const,
    };
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    await rig.registry().register(shard, [again]);
    expect(await flags(shard, device)).toEqual(['listed', 'hidden']);
    const claims = new Claims(rig.link, roomy);
    await claims.changeContacts(shard, [{ ...again, accept: 'anyone' }]);
    expect(await flags(shard, device)).toEqual(['hidden']);
    await rig.registry().register(shard, [{ ...again, session: freshName('session'), presence: 'shown' }]);
    expect(await flags(shard, device)).toEqual([]);
  });

  test('are at most a thousand; what would be more changes nothing', async () => {
    const { shard, device, change } = await claimed();
    const tags = freshTags(maxContacts);
    expect(await change({ add: tags })).toMatchObject({ status: 'changed', listed: maxContacts });
    const more = { add: [freshTag()], accept: 'listed' } as const;
    expect(await change(more)).toEqual({ status: 'many', listed: maxContacts });
    expect(await change({ replace: freshTags(maxContacts + 1) })).toMatchObject({ status: 'many' });
    expect(await change({ remove: freshTags(maxContacts + 1) })).toMatchObject({ status: 'many' });
    expect(await listed(shard, device)).toEqual(tags.toSorted());
    expect(await flags(shard, device)).toEqual([]);
    expect(await change({ add: [freshTag()], remove: [tags[0]!] })).toMatchObject({ listed: maxContacts });
  });

  test('take 20 KB of Redis where they are a thousand', async () => {
    const { shard, device, change } = await claimed();
    await change({ add: freshTags(maxContacts) });
    expect(await rig.redis.memory('USAGE', rig.key(shard, 'contacts', device), 'SAMPLES', 0)).toBeLessThan(24_000);
  });

  test('live as long as the claim', async () => {
    const { shard, device, key, change } = await claimed();
    await change({ add: freshTags(3) });
    const contacts = rig.key(shard, 'contacts', device);
    expect(await rig.redis.ttl(contacts)).toBeCloseTo(claimSeconds, -2);
    await rig.redis.expire(contacts, 100);
    await rig
      .registry()
      .register(shard, [{ shard, device, session: freshName('session'), sinceMs: 0, proof: { key } }]);
    expect(await rig.redis.ttl(contacts)).toBeCloseTo(claimSeconds, -2);
  });

  test('get no more when Redis is short of room, and may still be fewer and decide', async () => {
    const { change } = await claimed();
    const [a, b] = [freshTag(), freshTag()];
    await change({ add: [a] });
    expect(await change({ add: [b], accept: 'listed' }, 1)).toEqual({ status: 'short' });
    expect(await change({ accept: 'listed' }, 4)).toEqual({ status: 'changed', accept: 'listed', listed: 1 });
    expect(await change({ add: [b], remove: [a] }, 4)).toMatchObject({ listed: 1 });
  });

  test('are changed by nobody but the connection that holds the device, when that is claimed', async () => {
    const { shard, device } = await claimed();
    const unclaimed = await rig.held();
    const claims = new Claims(rig.link, roomy);
    const change = { accept: 'listed', add: [freshTag()] } as const;
    const foreign = { shard, device, session: freshName('session'), ...change };
    expect(await claims.changeContacts(shard, [foreign])).toEqual([{ status: 'gone' }]);
    expect(await claims.changeContacts(unclaimed.shard, [{ ...unclaimed, ...change }])).toEqual([
      { status: 'unclaimed' },
    ]);
    expect(await rig.redis.exists(rig.key(shard, 'contacts', device))).toBe(0);
    expect(await claims.changeContacts(shard, [])).toEqual([]);
  });
});

describe('the contacts of all devices of a shard', () => {
  const budgetBytes = 5000 * 20 * 100; // room for 5,000 more tags in an hour
  const all = { replace: freshTags(maxContacts) };

  async function claimedWithAll(shard: number) {
    const made = await claimed(shard);
    expect(await made.change(all, 0, budgetBytes)).toMatchObject({ listed: maxContacts });
    return made;
  }

  test('grow by a hundredth of the store in an hour, what small lists have not counted', async () => {
    const shard = freshShard();
    const grown = [];
    for (let device = 0; device < 5; device += 1) grown.push(await claimedWithAll(shard));
    const [small, other] = [await claimed(shard), await claimed(shard)];
    const change = { add: freshTags(300), accept: 'listed' } as const;
    await small.change({ add: freshTags(384) }, 0, budgetBytes); // 5 x 936, and 320
    const refused = await small.change(change, 0, budgetBytes);
    expect(refused).toMatchObject({ status: 'grown' });
    expect(refused).toHaveProperty('retryAfterMs', expect.closeTo(3_600_000, -5));
    expect(await other.change({ add: freshTags(64) }, 0, budgetBytes)).toMatchObject({ listed: 64 });
    expect(await other.change({ add: freshTags(1) }, 0, budgetBytes)).toMatchObject({ status: 'grown' });
    // What another gives back is there again, and a list that stays as large as it was needs no room.
    expect(await grown[0]!.change({ replace: freshTags(maxContacts) }, 0, budgetBytes)).toMatchObject({ listed: 1000 });
    expect(await grown[0]!.change({ replace: [] }, 0, budgetBytes)).toMatchObject({ listed: 0 });
    expect(await small.change(change, 0, budgetBytes)).toMatchObject({ status: 'changed', listed: 684 });
  });

  test('may grow again after the hour, also when the clock was set back', async () => {
    const shard = freshShard();
    for (let device = 0; device < 5; device += 1) await claimedWithAll(shard);
    const { change } = await claimed(shard);
    expect(await change(all, 0, budgetBytes)).toMatchObject({ status: 'grown' });
    await rig.redis.pexpire(`${shardPrefix(shard)}growth`, 2 * 3_600_000);
    expect(await change(all, 0, budgetBytes)).toMatchObject({ status: 'changed' });
  });

  test('grow as they like where the store has no budget', async () => {
    const shard = freshShard();
    for (let device = 0; device < 6; device += 1) {
      const { change } = await claimed(shard);
      expect(await change(all)).toMatchObject({ status: 'changed' });
    }
  });
});
