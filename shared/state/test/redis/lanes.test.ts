import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningRedis, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { type Acceptance, envelopeBytes, Ledger, Limiter, MessageQueue, RedisLink, Registry } from '../../src/index';
import { ChannelListener } from './channel-listener';
import { commandTimeoutMs, freely, freshDevice, freshName, messageTo, monotonicMs, useStateRig } from './state-rig';

const rules = { maxMessages: 1000, maxBytes: 2 ** 25, minReplicas: 0 };
const shards = [1, 5, 9];
let redis: RunningRedis;
let link: RedisLink;

beforeAll(async () => {
  redis = await startRedis();
  link = new RedisLink({ url: redis.url, commandTimeoutMs, monotonicMs });
  await link.connect(5000);
});

afterAll(async () => {
  link.close();
  await redis.stop();
});

/** A device in each shard, held by a node of its own. */
async function holders(node: string) {
  const held = shards.map((shard) => ({ shard, device: freshDevice(), session: freshName('session') }));
  await new Registry(link, node, freely).register(
    0,
    held.map((one) => ({ ...one, sinceMs: 0 })),
  );
  return held;
}

function keys(pattern: string): Promise<string[]> {
  return link.command(pattern, (client) => client.keys(pattern));
}

describe('where one Redis has all shards', () => {
  test('they are one lane', () => {
    expect(shards.map((shard) => link.laneOf(shard))).toEqual([0, 0, 0]);
    expect(link.lanes(16)).toBe(1);
  });

  test('one call stores for devices of several shards, and one takes out, each counted in the ledger of its shard', async () => {
    const node = freshName('node');
    const queue = new MessageQueue(link, node, rules);
    const held = await holders(node);
    const messages = [...held, ...held].map(({ shard, device }): Acceptance => ({ ...messageTo(device), shard }));
    const verdicts = await queue.accept(0, messages);
    expect(verdicts).toMatchObject([1, 1, 1, 2, 2, 2].map((seq) => ({ status: 'local', seq })));
    for (const shard of shards) {
      expect(await new Ledger(link).audit(shard)).toMatchObject({
        status: 'balanced',
        books: { accepted: 2, queued: 2 },
      });
    }
    const acks = held.map((one, i) => {
      const { envelope } = messages[i]!;
      return { ...one, seq: 1, bytes: envelopeBytes(envelope), digest: envelope.digest, expiresAtMs: 1 };
    });
    expect(await queue.acknowledge(0, acks)).toEqual(['taken', 'taken', 'taken']);
    for (const shard of shards) {
      expect(await new Ledger(link).audit(shard)).toMatchObject({ status: 'balanced', books: { acked: 1, queued: 1 } });
    }
    // What is remembered of ids is the lane's.
    expect(await keys('or:*:ids:*')).toEqual([expect.stringMatching(/^or:\{0\}:ids:\d+$/)]);
    expect((await queue.accept(0, messages)).map(({ status }) => status)).toEqual(Array(6).fill('repeated'));
  });

  test('one call reads for devices of several shards, and one charges them', async () => {
    const node = freshName('node');
    const queue = new MessageQueue(link, node, rules);
    const held = await holders(node);
    await queue.accept(
      0,
      held.map(({ shard, device }) => ({ ...messageTo(device), shard })),
    );
    const pages = await queue.pull(
      0,
      held.map((one) => ({ ...one, cursor: 0 })),
    );
    expect(pages).toMatchObject(held.map(() => ({ messages: [{ seq: 1 }] })));
    const limiter = new Limiter(link, { requestsPerMinute: 1, pointsPerMinute: 0 });
    const charges = [...held, ...held].map(({ shard, device }) => ({ shard, device, points: 1 }));
    const charged = await limiter.charge(0, charges);
    expect(charged.map(({ status }) => status)).toEqual([...Array(3).fill('passed'), ...Array(3).fill('refused')]);
  });

  test('notices go over the channel of the lane, all of a call in one', async () => {
    const node = freshName('node');
    const listener = await ChannelListener.open(redis.url, 0, node);
    const held = await holders(node);
    const queue = new MessageQueue(link, freshName('node'), rules);
    const verdicts = await queue.accept(
      0,
      held.map(({ shard, device }) => ({ ...messageTo(device), shard })),
    );
    expect(verdicts.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
    await eventually(() => expect(listener.records).toHaveLength(3));
    expect(listener.batches).toEqual([3]);
    listener.close();
  });

  test('a mailbox in which nothing waits takes little, as Redis keeps small hashes', async () => {
    const node = 'abcdef123456';
    const device = freshDevice();
    const registration = { shard: 3, device, session: `${node}.12345678.99`, sinceMs: 0 };
    await new Registry(link, node, freely).register(0, [registration]);
    const key = `or:{3}:box:${device}`;
    expect(await link.command(key, (client) => client.object('ENCODING', key))).toBe('listpack');
  });
});

describe('where each shard may be moved', () => {
  const rig = useStateRig();

  test('it is a lane of its own', () => {
    expect(shards.map((shard) => rig.link.laneOf(shard))).toEqual(shards);
    expect(rig.link.lanes(16)).toBe(16);
  });
});
