import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { envelopeBytes, Registry } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import {
  envelopeOf,
  envelopeOfSize,
  freely,
  freshDevice,
  freshName,
  type Message,
  messageTo,
  useStateRig,
} from './state-rig';

const rig = useStateRig();

type Standing = 'known' | 'unknown';

/** Messages of one sender. */
function from(sender: DeviceKey, recipient: DeviceKey, count: number, standing: Standing = 'known'): Message[] {
  return Array.from({ length: count }, () =>
    messageTo(recipient, { senderIsKnown: standing === 'known', envelope: envelopeOf({ sender }) }),
  );
}

async function taken(shard: number, messages: Message[], queue = rig.queue({ maxMessages: 16 })): Promise<number> {
  const answers = await queue.accept(shard, messages);
  return answers.filter(({ status }) => status === 'queued').length;
}

function shares(shard: number, device: DeviceKey): Promise<Record<string, string>> {
  return rig.redis.hgetall(`${shardPrefix(shard)}shares:${device}`);
}

describe('a queue', () => {
  test('is half for anybody: 17 fresh ids do not fill it, and its friends still get through', async () => {
    const { shard, device } = await rig.known();
    const queue = rig.queue({ maxMessages: 1000 });
    let filled = 0;
    for (let stranger = 0; stranger < 17; stranger += 1) {
      filled += await taken(shard, from(freshDevice(), device, 60, 'unknown'), queue);
    }
    expect(filled).toBe(500);
    const friends = [freshDevice(), freshDevice()];
    for (const friend of friends) expect(await taken(shard, from(friend, device, 100), queue)).toBe(100);
    expect(await taken(shard, from(freshDevice(), device, 1, 'unknown'), queue)).toBe(0);
  });

  test('is half by bytes, too', async () => {
    const { shard, device } = await rig.known();
    const queue = rig.queue({ maxBytes: 2 * envelopeBytes(envelopeOfSize(1000)) });
    const of = (standing: Standing) => [
      messageTo(device, { senderIsKnown: standing === 'known', envelope: envelopeOfSize(1000) }),
    ];
    expect(await taken(shard, of('unknown'), queue)).toBe(1);
    expect(await taken(shard, of('unknown'), queue)).toBe(0);
    expect(await taken(shard, of('known'), queue)).toBe(1);
    expect(await taken(shard, of('known'), queue)).toBe(0);
  });

  test('gives its second half to known senders, who have less than a quarter of the whole', async () => {
    const { shard, device } = await rig.known();
    const [busy, friend, other] = [freshDevice(), freshDevice(), freshDevice()];
    expect(await taken(shard, from(busy, device, 16))).toBe(8);
    expect(await taken(shard, from(friend, device, 16))).toBe(4);
    expect(await taken(shard, from(busy, device, 1))).toBe(0);
    expect(await taken(shard, from(other, device, 16))).toBe(4);
    expect(await shares(shard, device)).toEqual({
      [busy]: expect.stringMatching(/^8:\d+$/),
      [friend]: expect.stringMatching(/^4:\d+$/),
      [other]: expect.stringMatching(/^4:\d+$/),
    });
    expect(await taken(shard, from(freshDevice(), device, 1))).toBe(0); // it is full
  });

  test('counts a quarter in bytes, too', async () => {
    const { shard, device } = await rig.known();
    const large = (sender: DeviceKey) => messageTo(device, { envelope: { ...envelopeOfSize(1000), sender } });
    const bytes = envelopeBytes(large(freshDevice()).envelope);
    const queue = rig.queue({ maxBytes: 8 * bytes });
    const [one, other] = [freshDevice(), freshDevice()];
    expect(await taken(shard, [large(one), large(other), large(one), large(other)], queue)).toBe(4);
    expect(await taken(shard, [large(one), large(other)], queue)).toBe(0); // each has a quarter
    const third = freshDevice();
    expect(await taken(shard, [large(third), large(third), large(third)], queue)).toBe(2);
  });

  test('has room for a sender again when his messages were acked', async () => {
    const { shard, device } = await rig.known();
    const sender = freshDevice();
    await taken(shard, from(freshDevice(), device, 8));
    expect(await taken(shard, from(sender, device, 16))).toBe(4);
    const { session } = await rig.hold(shard, device, freshName('node'));
    await rig.acknowledge(shard, [{ device, session, seq: 9, bytes: 1 }]);
    expect((await shares(shard, device))[sender]).toMatch(/^3:/);
    const [answer] = await rig.queue({ maxMessages: 16 }).accept(shard, from(sender, device, 1));
    expect(answer).toMatchObject({ seq: 13 });
  });

  test('of which some has expired is swept before a sender is refused', async () => {
    const { shard, device } = await rig.known();
    const queue = rig.queue({ maxMessages: 4 });
    const expired = { ttlMs: 0, senderIsKnown: false };
    await queue.accept(shard, [messageTo(device, expired), messageTo(device, expired)]);
    const unknown = from(freshDevice(), device, 1, 'unknown');
    expect(await queue.accept(shard, unknown)).toEqual([{ status: 'stale' }]);
    await queue.expire(shard, [device]);
    expect(await queue.accept(shard, unknown)).toMatchObject([{ status: 'queued' }]);
  });

  test('that is counted tells so, for as long as it lives, and no longer', async () => {
    const { shard, device } = await rig.known();
    await taken(shard, from(freshDevice(), device, 9).concat(from(freshDevice(), device, 1)));
    expect(await rig.mailbox(shard, device)).toMatchObject({ flags: ['counted'] });
    const life = await rig.redis.pttl(`${shardPrefix(shard)}shares:${device}`);
    expect(life).toBeGreaterThanOrEqual((await rig.redis.pttl(rig.key(shard, 'box', device))) - 100);
    const { session } = await rig.hold(shard, device, freshName('node'));
    const acks = Array.from({ length: 10 }, (_, i) => ({ device, session, seq: i + 1, bytes: 1 }));
    await rig.acknowledge(shard, acks);
    expect(await rig.redis.exists(`${shardPrefix(shard)}shares:${device}`)).toBe(0);
    await taken(shard, from(freshDevice(), device, 1));
    expect(await rig.mailbox(shard, device)).toMatchObject({ flags: [] });
  });

  test('that ended unseen, with its key, is counted anew', async () => {
    const { shard, device } = await rig.known();
    await taken(shard, from(freshDevice(), device, 8).concat(from(freshDevice(), device, 1)));
    await rig.redis.del(rig.key(shard, 'box', device));
    expect(await taken(shard, from(freshDevice(), device, 8))).toBe(8);
    expect(await rig.mailbox(shard, device)).toMatchObject({ flags: [] });
    expect(await taken(shard, from(freshDevice(), device, 1))).toBe(1);
    expect(Object.values(await shares(shard, device)).map((share) => share.split(':')[0])).toEqual(['8', '1']);
  });
});

test('to know a share costs one walk, also for one who crosses the half again and again', async () => {
  const { url } = await rig.ownRedis();
  const link = await rig.openLink({ url });
  const [shard, node, device, session] = [0, freshName('node'), freshDevice(), freshName('session')];
  const [stranger, friend] = [freshDevice(), freshDevice()];
  await new Registry(link, node, freely).register(shard, [{ shard, device, session, sinceMs: 0 }]);
  const queue = rig.queue({ maxMessages: 128 }, node, link);
  /** How often Redis read in a queue. */
  const reads = async () => {
    const [stats] = await link.ofEachMaster((redis) => redis.info('commandstats'));
    return Number(/cmdstat_hget:calls=(\d+)/.exec(stats!)?.[1] ?? 0);
  };
  const digests: string[] = []; // by number
  const send = async (messages: Message[]) => {
    for (const [i, answer] of (await queue.accept(shard, messages)).entries())
      if ('seq' in answer) digests[answer.seq] = messages[i]!.envelope.digest;
  };
  await send(from(stranger, device, 64, 'unknown'));
  const before = await reads();
  await send(from(stranger, device, 64, 'unknown'));
  expect(await reads()).toBe(before); // who is not known is refused without a look
  await send(from(friend, device, 1));
  const walked = await reads();
  expect(walked - before).toBe(64 + 2); // and two for what the friend has

  for (let round = 0; round < 20; round += 1) {
    const acks = Array.from({ length: 30 }, (_, i) => {
      const seq = digests.length - 1 - i;
      return { device, session, seq, bytes: 1, digest: digests[seq]!, expiresAtMs: 1 };
    });
    expect(new Set(await queue.acknowledge(shard, acks))).toEqual(new Set(['taken']));
    await send([...from(stranger, device, 29, 'unknown'), ...from(friend, device, 5)]);
  }
  // For each ack the message and the share of its sender; for each that was accepted the share, twice for the friend.
  expect((await reads()) - walked).toBeLessThanOrEqual(20 * (2 * 30 + 29 + 2 * 5));
});
