import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type RunningEdge, type RunningRedis, startEdge, startRedis, unlimited } from '@openrelay/launch';
import { eventually, freshHardwareId, TestDevice } from '@openrelay/testing';

/** Several heartbeats, of one each 5 s, on a slow machine. */
const noticed = { timeoutMs: 30_000, intervalMs: 100 };

let dataDir: string;
let redis: RunningRedis;
let edge: RunningEdge;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'openrelay-refuses-'));
  redis = await startRedis({ dataDir, extraArgs: ['--save', '3600 1000000'] });
});

beforeEach(async () => {
  edge = await startEdge({
    redisUrl: redis.url,
    // Without limits a message is refused in its recipient's shard, and not where its sender is charged.
    env: { ...unlimited, RELAY_DRAIN_SECONDS: '0', RELAY_DRAIN_LEAD_SECONDS: '0' },
  });
});

afterEach(() => edge.stop('SIGKILL'));

afterAll(async () => {
  await redis.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function ready(): Promise<string> {
  const response = await fetch(`${edge.httpUrl}/ready`);
  return `${response.status} ${await response.text()}`;
}

function events(): string[] {
  const lines = edge.output().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => (JSON.parse(line) as { event: string }).event);
}

/** A snapshot cannot take the place of a folder, whoever the server runs as; and none that failed lets Redis take writes. */
async function save(): Promise<void> {
  await askRedis(redis.url, ['BGSAVE']);
}

test('an edge is not ready while Redis takes no writes, and says so once', async () => {
  const snapshot = join(dataDir, 'dump.rdb');
  mkdirSync(snapshot);
  await save();
  await eventually(async () => {
    expect(await ready()).toMatch(/^503 Not ready: Redis takes no writes \(MISCONF [^\n.]+\)\n$/);
  }, noticed);
  expect((await fetch(`${edge.httpUrl}/health`)).status).toBe(200);
  const device = await TestDevice.connect(edge.url);
  device.sendFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } });
  expect((await device.next('Error')).payload).toMatchObject({ code: 503 });
  await device.close();

  rmdirSync(snapshot);
  await save();
  await eventually(async () => expect(await ready()).toBe('200 OK'), noticed);
  await eventually(() => expect(events()).toContain('redis.accepts'), noticed);
  expect(events()).toEqual(['edge.starting', 'store.budget', 'edge.listening', 'redis.refuses', 'redis.accepts']);
});

test('an edge stays ready while Redis is out of memory: devices that come take out what waits for them', async () => {
  const sender = await TestDevice.connect(edge.url);
  await sender.register();
  const absent = freshHardwareId();
  const { message_id } = sender.sendMessage(absent);
  await sender.next('Ack');
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  await eventually(() => expect(events()).toContain('redis.refuses'), noticed);
  expect(await ready()).toBe('200 OK');
  sender.sendMessage(absent);
  expect((await sender.next('Error')).payload).toMatchObject({ code: 503 });
  const recipient = await TestDevice.connect(edge.url);
  await recipient.register(absent, { acks: true });
  expect((await recipient.next('Receive')).payload).toMatchObject({ message_id });
  await Promise.all([sender.close(), recipient.close()]);

  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '0']);
  await eventually(() => expect(events()).toContain('redis.accepts'), noticed);
  expect(events()).toEqual(['edge.starting', 'store.budget', 'edge.listening', 'redis.refuses', 'redis.accepts']);
});

test('an edge that Redis takes no writes from does not start, and says why', async () => {
  const snapshot = join(dataDir, 'dump.rdb');
  rmSync(snapshot, { force: true });
  mkdirSync(snapshot);
  await save();
  try {
    await eventually(async () => expect(await ready()).toMatch(/MISCONF/), noticed);
    await expect(startEdge({ redisUrl: redis.url })).rejects.toThrow(
      /edge: Redis takes no writes \(MISCONF [^\n.]+\)\.\n$/,
    );
  } finally {
    rmdirSync(snapshot);
    await save();
  }
});

test('an edge that is started while Redis is out of memory serves as those that run do, and none looks dead', async () => {
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  await forgetNodes();
  try {
    const late = await startEdge({ redisUrl: redis.url });
    try {
      const device = await TestDevice.connect(late.url);
      await device.register();
      await device.close();
      await eventually(async () => expect(await heartbeats()).toBe('2 alive, 2 listed'), noticed);
    } finally {
      await late.stop('SIGKILL');
    }
  } finally {
    await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '0']);
  }
});

test('an edge that is refused for want of memory takes out what has expired, with no janitor there', async () => {
  await askRedis(redis.url, ['FLUSHALL']); // of the tests before
  const sender = await TestDevice.connect(edge.url);
  await sender.register();
  const absent = freshHardwareId();
  sender.sendMessage(absent, { ttl: 1 });
  await sender.next('Ack');
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  try {
    await eventually(async () => {
      sender.sendMessage(absent);
      await sender.next('Error');
      expect(await queuesLeft()).toBe('0');
    }, noticed);
  } finally {
    await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '0']);
    await sender.close();
  }
});

/** Mailboxes that hold messages. */
function queuesLeft(): Promise<string> {
  const count = `local queues = 0
    for _, key in ipairs(redis.call('KEYS', 'or:*:box:*')) do
      if redis.call('HLEN', key) > 2 then queues = queues + 1 end
    end
    return queues`;
  return askRedis(redis.url, ['EVAL', `#!lua flags=allow-oom\n${count}`, '0']);
}

/** As if no node had ever been: those that were killed before are still listed. */
async function forgetNodes(): Promise<void> {
  await askRedis(redis.url, [
    'EVAL',
    "#!lua flags=allow-oom\nfor _, k in ipairs(redis.call('KEYS', 'or:{nodes}*')) do redis.call('DEL', k) end",
    '0',
  ]);
}

async function heartbeats(): Promise<string> {
  const count = `local alive = 0
    for _, key in ipairs(redis.call('KEYS', 'or:{nodes}:*')) do
      if redis.call('PTTL', key) > 0 then alive = alive + 1 end
    end
    return alive .. ' alive, ' .. redis.call('ZCARD', 'or:{nodes}') .. ' listed'`;
  return askRedis(redis.url, ['EVAL', `#!lua flags=allow-oom\n${count}`, '0']);
}

test('an edge does not start on a replica, and says what to do', async () => {
  const replica = await startRedis({ extraArgs: ['--replicaof', redis.host, String(redis.port)] });
  try {
    await expect(startEdge({ redisUrl: replica.url })).rejects.toThrow(
      "edge: REDIS_URL names a replica, which takes no writes: name the master, or Sentinel's address.\n",
    );
  } finally {
    await replica.stop();
  }
});
