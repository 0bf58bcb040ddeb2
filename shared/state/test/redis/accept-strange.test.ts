import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { envelopeBytes } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { envelopeOfSize, freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const hourMs = 3_600_000;
const daySeconds = 86_400;

const statuses = (answers: readonly { status: string }[]) => answers.map(({ status }) => status);

/** How many messages of those that are sent to a recipient are taken, at most 30. */
async function roomFor(shard: number, device: DeviceKey): Promise<number> {
  return statuses(await rig.accept(shard, messagesTo(device, 30))).filter((status) => status !== 'full').length;
}

function nowSeconds(): number {
  return Math.floor(rig.link.clock.now() / 1000);
}

/** As if the device had been registered then, and had not been here for long. */
async function visit(shard: number, device: DeviceKey, secondsAgo: number): Promise<void> {
  const score = (nowSeconds() - secondsAgo) * 1024 + 5;
  await rig.redis.zadd(`${shardPrefix(shard)}visitors`, score, device);
}

describe('a strange recipient, which never registered', () => {
  test('has room for 20 messages, however often they are asked for', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    expect(await roomFor(shard, device)).toBe(20);
    expect(statuses(await rig.accept(shard, messagesTo(device, 2)))).toEqual(['full', 'full']);
    expect(await rig.depth(shard, device)).toBe(20);
  });

  test('has room for 256 KiB, to the byte', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const [first, head] = [envelopeOfSize(100_000), envelopeBytes(envelopeOfSize(100_000)) - 100_000];
    const rest = 262_144 - envelopeBytes(first) - head;
    const messages = [first, envelopeOfSize(rest + 1), envelopeOfSize(rest), envelopeOfSize(0)];
    const answers = await rig.accept(
      shard,
      messages.map((envelope) => messageTo(device, { envelope })),
    );
    expect(statuses(answers)).toEqual(['queued', 'full', 'queued', 'full']);
    expect(await rig.mailbox(shard, device)).toMatchObject({ bytes: 262_144 });
  });

  test('keeps them for an hour at the most, and the answer says so', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const before = rig.link.clock.now();
    const [long, short] = await rig.accept(shard, [
      messageTo(device, { ttlMs: 7 * 24 * hourMs }),
      messageTo(device, { ttlMs: 1000 }),
    ]);
    if (!long || !('expiresAtMs' in long) || !short || !('expiresAtMs' in short)) throw new Error('refused');
    expect(long.expiresAtMs - short.expiresAtMs).toBe(hourMs - 1000);
    expect(long.expiresAtMs).toBeLessThan(before + hourMs + 60_000);
    const { session } = await rig.hold(shard, device);
    const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    expect(page).toMatchObject({ messages: [{ expiresAtMs: long.expiresAtMs }, {}] });
  });

  test('has no more where queues are smaller', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const answers = await rig.accept(shard, messagesTo(device, 4), rig.queue({ maxMessages: 3 }));
    expect(statuses(answers)).toEqual(['queued', 'queued', 'queued', 'full']);
  });

  test('is strange no more once it has registered, and keeps what it was sent', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 20));
    const { session } = await rig.hold(shard, device);
    expect(await rig.accept(shard, messagesTo(device, 1))).toMatchObject([{ seq: 21 }]);
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    expect(await roomFor(shard, device)).toBe(30);
  });
});

describe('a recipient has its whole queue', () => {
  test.each([
    ['that was registered within a day', (shard: number, device: DeviceKey) => visit(shard, device, daySeconds - 60)],
    ['that is known by time', (shard: number, device: DeviceKey) => rig.makeKnown(shard, device)],
    [
      'that is claimed',
      (shard: number, device: DeviceKey) => rig.redis.hset(`${shardPrefix(shard)}claim:${device}`, 'key', 'k'),
    ],
  ])('%s, though nothing of it lies in Redis but that', async (_, meet) => {
    const [shard, device] = [freshShard(), freshDevice()];
    await meet(shard, device);
    expect(await roomFor(shard, device)).toBe(30);
    expect(await rig.accept(shard, [messageTo(device, { ttlMs: 24 * hourMs })])).toMatchObject([{ seq: 31 }]);
  });

  test('that is here, though Redis has lost that it was seen', async () => {
    const { shard, device } = await rig.held();
    await rig.redis.del(`${shardPrefix(shard)}visitors`);
    expect(await roomFor(shard, device)).toBe(30);
  });
});

describe('a recipient that was not here for a day', () => {
  test('is strange, when it was not known', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await visit(shard, device, daySeconds + 60);
    expect(await roomFor(shard, device)).toBe(20);
  });

  test('turns strange also while messages wait for it', async () => {
    const { shard, device, session } = await rig.held();
    await rig.accept(shard, messagesTo(device, 3));
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    await rig.changeMailbox(shard, device, { seenUntil: rig.link.clock.now() - 1 });
    await visit(shard, device, daySeconds + 60);
    expect(await roomFor(shard, device)).toBe(17);
    expect(await rig.mailbox(shard, device)).toMatchObject({ standing: 'strange' });
  });

  test('is forgotten by time after thirty days', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.redis.zadd(`${shardPrefix(shard)}residents`, nowSeconds() - 30 * daySeconds - 60, device);
    expect(await roomFor(shard, device)).toBe(20);
  });
});

test('what is known of a recipient is looked up once, not for every message', async () => {
  const server = await rig.ownRedis();
  const link = await rig.openLink({ url: server.url });
  const calls = async () => {
    const [stats] = await link.ofEachMaster((redis) => redis.info('commandstats'));
    return Number(/cmdstat_zscore:calls=(\d+)/.exec(stats!)?.[1] ?? 0);
  };
  const queue = rig.queue({}, freshName('node'), link);
  const [shard, device] = [freshShard(), freshDevice()];
  for (let i = 0; i < 10; i += 1) await queue.accept(shard, messagesTo(device, 1));
  expect(await calls()).toBe(2); // among the residents, and the visitors
});

describe('as the store runs short', () => {
  const large = envelopeOfSize(16_384);
  const levels = [0, 1, 2, 3, 4];

  /** Whether each kind of message is taken at each level of pressure. */
  async function takenAt(shard: number, device: DeviceKey, frameBytes: number): Promise<boolean[]> {
    const taken: boolean[] = [];
    for (const level of levels) {
      const envelope = envelopeOfSize(frameBytes);
      const [answer] = await rig.accept(shard, [messageTo(device, { envelope })], rig.queue({ pressure: () => level }));
      expect(['queued', 'short']).toContain(answer!.status);
      taken.push(answer!.status === 'queued');
    }
    return taken;
  }

  test('what is for strange ids is refused first, then for those merely seen, then what is large, then all', async () => {
    const [shard, strange, seen, known] = [freshShard(), freshDevice(), freshDevice(), freshDevice()];
    await rig.hold(shard, seen, freshName('node'));
    await rig.makeKnown(shard, known);
    expect(await takenAt(shard, strange, 100)).toEqual([true, false, false, false, false]);
    expect(await takenAt(shard, seen, 100)).toEqual([true, true, false, false, false]);
    expect(await takenAt(shard, known, large.sealed.frame.length)).toEqual([true, true, true, false, false]);
    expect(await takenAt(shard, known, 16_000)).toEqual([true, true, true, true, false]);
  });

  test('a repeat of what is stored is still acked, and what was refused may be sent again', async () => {
    const { shard, device } = await rig.known();
    const [stored, refused] = messagesTo(device, 2);
    await rig.accept(shard, [stored!]);
    const answers = await rig.accept(shard, [stored!, refused!], rig.queue({ pressure: () => 4 }));
    expect(statuses(answers)).toEqual(['repeated', 'short']);
    expect(await rig.accept(shard, [refused!])).toMatchObject([{ status: 'queued', seq: 2 }]);
  });
});
