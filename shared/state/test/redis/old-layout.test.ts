import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
import { freshHardwareId } from '@openrelay/testing';
import { Redis } from 'ioredis';
import {
  agreedShards,
  agreeOnShards,
  digestOf,
  Ledger,
  MessageQueue,
  OlderEdgesRun,
  type RedisLink,
  Registry,
  shardOf,
} from '../../src/index';
import { deploymentKey, nodeKey, nodesKey, shardPrefix } from '../../src/scripts/keys';
import { ChannelListener } from './channel-listener';
import { type Mailbox, readMailbox } from './mailbox';
import { freely, freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const shards = 4;
const hourMs = 3_600_000;

type OldMessage = { seq: number; sender: DeviceKey; id: string; expiresAtMs: number; bytes: Buffer };

type OldDevice = { device: DeviceKey; shard: number; key: (kind: string) => string; messages: OldMessage[] };

/** As layout 1 wrote it: an array of seven, without a digest. */
function oldEnvelope({ sender, id, expiresAtMs }: Omit<OldMessage, 'bytes' | 'seq'>): Buffer {
  const time = (ms: number) => {
    const packed = Buffer.alloc(9, 0xcf);
    packed.writeBigUInt64BE(BigInt(ms), 1);
    return packed;
  };
  const text = (value: string) => Buffer.concat([Buffer.from([0xd9, value.length]), Buffer.from(value, 'latin1')]);
  const frame = Buffer.from(`{"type":"Receive","payload":{"message_id":"${id}"}}`);
  const rest = Buffer.concat([Buffer.from([0xc3, 0, 0xc4, frame.length]), frame]);
  return Buffer.concat([Buffer.from([0x97]), time(expiresAtMs), time(Date.now() - 1000), text(sender), text(id), rest]);
}

/** An old Redis of its own, and what writes to it as an old edge did. */
async function oldRedis() {
  const server = await rig.ownRedis();
  const redis = new Redis(server.url);
  rig.endAfterTest(() => redis.disconnect());
  const link = await rig.openLink({ url: server.url });
  await redis.hset(deploymentKey, 'shards', shards);

  async function store(count: number, fields: Record<string, string | number> = {}): Promise<OldDevice> {
    const device = deviceKeyOf(freshHardwareId());
    const shard = shardOf(device, shards);
    const key = (kind: string) => `${shardPrefix(shard)}${kind}:${device}`;
    const until = Date.now() + 48 * hourMs;
    const messages = Array.from({ length: count }, (_, i): OldMessage => {
      const expiresAtMs = Date.now() + hourMs + i;
      const message = { sender: deviceKeyOf(freshHardwareId()), id: freshName('id'), expiresAtMs };
      return { ...message, seq: 7 + 2 * i, bytes: oldEnvelope(message) };
    });
    const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0);
    const write = redis.pipeline();
    for (const { seq, bytes: envelope } of messages) write.zadd(key('queue'), seq, envelope);
    write.hset(key('device'), {
      node: 'old',
      session: 'old.1.1',
      since: 5,
      standing: 'seen',
      seen_until: until,
      seq: 7 + 2 * count,
      bytes,
      earliest: messages[0]?.expiresAtMs ?? 0,
      until,
      queue_until: until,
      ...fields,
    });
    write.pexpireat(key('device'), until);
    write.pexpireat(key('queue'), until);
    write.zadd(`${shardPrefix(shard)}expiry`, messages[0]?.expiresAtMs ?? 0, device);
    write.hincrby(`${shardPrefix(shard)}ledger`, 'accepted', count);
    write.hincrby(`${shardPrefix(shard)}ledger`, 'bytes', bytes);
    await write.exec();
    return { device, shard, key, messages };
  }

  async function mailboxOf({ key }: OldDevice): Promise<Mailbox | undefined> {
    return readMailbox((await redis.callBuffer('HGETALL', key('box'))) as Buffer[]);
  }

  return { url: server.url, redis, link, store, mailboxOf };
}

function digestsOf({ device, messages }: OldDevice): Map<string, number> {
  return new Map(messages.map(({ sender, id, seq }) => [digestOf(device, sender, id), seq]));
}

/** Every message is read once, in order, by a device that registers; and its repeat is recognised. */
async function expectWhole(link: RedisLink, { device, shard, messages }: OldDevice): Promise<void> {
  const lane = shard; // as in a Cluster, whose mode these servers are in
  const registry = new Registry(link, 'new', freely);
  const session = freshName('session');
  const last = messages.at(-1)!.seq + 2;
  const registered = await registry.register(lane, [{ shard, device, session, sinceMs: 0 }]);
  expect(registered).toMatchObject([{ status: 'registered', depth: messages.length, seq: last, replaced: '' }]);
  const queue = new MessageQueue(link, 'new', { maxMessages: 2000, maxBytes: 2 ** 25, minReplicas: 0 });
  const read: number[] = [];
  for (let cursor = 0, more = true; more && read.length < 5000; ) {
    const [page] = await queue.pull(lane, [{ shard, device, session, cursor }]);
    if (page?.status !== 'page') throw new Error('gone');
    read.push(...page.messages.map(({ seq }) => seq));
    ({ cursor, more } = page);
  }
  expect(read).toEqual(messages.map(({ seq }) => seq));
}

async function sumOfBytes(redis: Redis, devices: readonly OldDevice[], mailboxes: (Mailbox | undefined)[]) {
  const booked = await Promise.all(
    Array.from({ length: shards }, (_, shard) => redis.hget(`${shardPrefix(shard)}ledger`, 'bytes')),
  );
  expect(mailboxes).toHaveLength(devices.length);
  const lying = mailboxes.flatMap((mailbox) => [...mailbox!.messages.values()].map(({ length }) => length));
  const sum = lying.reduce((all, bytes) => all + bytes, 0);
  expect(booked.reduce((all, bytes) => all + Number(bytes ?? 0), 0)).toBe(sum);
  expect(mailboxes.reduce((all, mailbox) => all + mailbox!.bytes, 0)).toBe(sum);
}

test('what waits in a Redis of layout 1 is taken over, with its order, its numbers and its time', async () => {
  const { redis, link, store, mailboxOf } = await oldRedis();
  const devices = [await store(3, { special: 'lhc' }), await store(1, { standing: 'known' }), await store(40)];
  const idle = await store(0);
  expect(await agreedShards(link)).toBeUndefined();
  expect(await agreeOnShards(link, shards)).toEqual({ devices: 3, messages: 44, damaged: 0 });
  expect(await agreedShards(link)).toBe(shards);
  expect(await agreeOnShards(link, shards)).toBeUndefined();

  const mailboxes = await Promise.all(devices.map(mailboxOf));
  for (const [i, old] of devices.entries()) {
    const mailbox = mailboxes[i]!;
    expect(mailbox.numbers).toEqual(digestsOf(old));
    expect([...mailbox.messages.keys()]).toEqual(old.messages.map(({ seq }) => seq));
    expect(mailbox).toMatchObject({ since: 0, node: '', session: '', seq: 7 + 2 * old.messages.length, head: 7 });
    expect(mailbox.earliest).toBe(old.messages[0]!.expiresAtMs);
    const lifeMs = await redis.pttl(old.key('box'));
    expect(Math.abs(lifeMs - 48 * hourMs)).toBeLessThan(60_000);
    expect(await redis.exists(old.key('queue'), old.key('device'))).toBe(0);
  }
  expect(mailboxes.map((mailbox) => mailbox!.standing)).toEqual(['seen', 'known', 'seen']);
  expect(mailboxes.map((mailbox) => mailbox!.flags)).toEqual([['listed', 'hidden'], [], []]);
  expect(await redis.exists(idle.key('device'))).toBe(1); // left to its lifetime
  await sumOfBytes(redis, devices, mailboxes);
  for (const old of devices) await expectWhole(link, old);
});

test('a damaged message is taken out and counted as expired, as a sweep does', async () => {
  const { redis, link, store, mailboxOf } = await oldRedis();
  const old = await store(3);
  await redis.zremrangebyscore(old.key('queue'), 9, 9);
  await redis.zadd(old.key('queue'), 9, 'oops');
  const only = await store(1);
  await redis.del(only.key('queue'));
  await redis.zadd(only.key('queue'), 7, Buffer.from([0x97, 1, 2]));
  expect(await agreeOnShards(link, shards)).toEqual({ devices: 1, messages: 2, damaged: 2 });
  expect([...(await mailboxOf(old))!.messages.keys()]).toEqual([7, 11]);
  expect(await mailboxOf(only)).toBeUndefined();
  const counts = await Promise.all([0, 1, 2, 3].map((shard) => redis.hget(`${shardPrefix(shard)}ledger`, 'expired')));
  expect(counts.reduce((sum, count) => sum + Number(count ?? 0), 0)).toBe(2);
});

test('of two messages with one id, which an unswept queue may hold, both are taken over', async () => {
  const { redis, link, store, mailboxOf } = await oldRedis();
  const old = await store(2);
  const { sender, id } = old.messages[0]!;
  await redis.zremrangebyscore(old.key('queue'), 9, 9);
  await redis.zadd(old.key('queue'), 9, oldEnvelope({ sender, id, expiresAtMs: Date.now() + 2 * hourMs }));
  await agreeOnShards(link, shards);
  const mailbox = (await mailboxOf(old))!;
  expect([...mailbox.numbers.values()]).toEqual([7, 9]);
  await expectWhole(link, old);
});

/** A process of its own that takes over, as an edge does when it starts. */
function adopter(url: string) {
  const code = `
    const { RedisLink, agreeOnShards } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
    const link = new RedisLink({ url: process.argv[1], commandTimeoutMs: 2000, monotonicMs: () => performance.now() });
    link.connect(5000).then(() => agreeOnShards(link, ${shards})).then(() => link.close());`;
  const child = spawn(process.execPath, ['-e', code, url], { stdio: 'inherit' });
  rig.endAfterTest(() => child.kill('SIGKILL'));
  return child;
}

describe('taking over', () => {
  test('goes on where it was killed, and loses and doubles nothing', async () => {
    const { url, redis, link, store, mailboxOf } = await oldRedis();
    const devices = [await store(1000)];
    for (let i = 0; i < 20; i += 1) devices.push(await store(20));
    const moved = async () => {
      const mailboxes = await Promise.all(devices.map(mailboxOf));
      return mailboxes.reduce((sum, mailbox) => sum + (mailbox?.messages.size ?? 0), 0);
    };
    const waiting = async () => {
      const depths = await Promise.all(devices.map(({ key }) => redis.zcard(key('queue'))));
      return depths.reduce((sum, depth) => sum + depth, 0);
    };
    let kills = 0;
    for (let round = 0; round < 50 && (await waiting()) > 0; round += 1) {
      const before = await waiting();
      const child = adopter(url);
      const ended = once(child, 'exit');
      for (let i = 0; i < 2000 && child.exitCode === null && (await waiting()) === before; i += 1) await pause(1);
      if (child.exitCode === null) kills += 1;
      child.kill('SIGKILL');
      await ended;
      expect((await waiting()) + (await moved())).toBe(1400);
      if (kills === 3) break;
    }
    expect(kills).toBeGreaterThan(0);
    await agreeOnShards(link, shards);
    expect(await waiting()).toBe(0);
    await sumOfBytes(redis, devices, await Promise.all(devices.map(mailboxOf)));
    for (const old of devices) await expectWhole(link, old);
  }, 60_000);

  test('may be done by two at once', async () => {
    const { url, redis, link, store, mailboxOf } = await oldRedis();
    const devices = [await store(1000)];
    for (let i = 0; i < 20; i += 1) devices.push(await store(20));
    const other = await rig.openLink({ url });
    const [one, two] = await Promise.all([agreeOnShards(link, shards), agreeOnShards(other, shards)]);
    expect((one?.messages ?? 0) + (two?.messages ?? 0)).toBe(1400);
    await sumOfBytes(redis, devices, await Promise.all(devices.map(mailboxOf)));
    for (const old of devices) await expectWhole(link, old);
    const audited = await Promise.all([0, 1, 2, 3].map((shard) => new Ledger(link).audit(shard)));
    expect(audited.every(({ status }) => status === 'balanced')).toBe(true);
  });
});

describe('an older edge', () => {
  test('that still runs keeps a newer one from starting, and nothing is moved', async () => {
    const { redis, link, store } = await oldRedis();
    const old = await store(1);
    await redis.zadd(nodesKey, Date.now(), 'edge-old');
    await redis.hset(nodeKey('edge-old'), 'connections', 1);
    await expect(agreeOnShards(link, shards)).rejects.toThrow(OlderEdgesRun);
    await expect(agreeOnShards(link, shards)).rejects.toThrow(/older version run.*edge-old.*stop all of them/);
    expect(await redis.exists(old.key('queue'))).toBe(1);
    expect(await redis.hget(deploymentKey, 'shards')).toBe(String(shards));
    await redis.del(nodeKey('edge-old'), nodesKey);
    expect(await agreeOnShards(link, shards)).toMatchObject({ messages: 1 });
  });

  test('that is frozen, and still listens, keeps it from starting, too', async () => {
    const { url, redis, link, store } = await oldRedis();
    await store(1);
    await redis.zadd(nodesKey, Date.now() - 60_000, 'edge-frozen');
    const listener = await ChannelListener.open(url, 0, 'edge-frozen');
    await expect(agreeOnShards(link, shards)).rejects.toThrow(/edge-frozen/);
    listener.close();
    await pause(50);
    expect(await agreeOnShards(link, shards)).toMatchObject({ messages: 1 });
  });

  test('that starts later finds a number of shards that cannot be its own', async () => {
    const { redis, link } = await oldRedis();
    await agreeOnShards(link, shards);
    const found = await redis.hget(deploymentKey, 'shards');
    expect(found).not.toBeNull(); // it would set its own
    expect(Number(found) === shards).toBe(false); // what it compares
  });
});

test('an empty Redis is of the new layout from the first edge on', async () => {
  const server = await rig.ownRedis();
  const link = await rig.openLink({ url: server.url });
  expect(await agreeOnShards(link, 16)).toBeUndefined();
  expect(await agreedShards(link)).toBe(16);
});
