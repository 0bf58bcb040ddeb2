import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type RunningRedis, startEdge, startRedis, startRedisCluster } from '@openrelay/launch';
import { RedisLink } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { eventually } from '@openrelay/testing';
import { StorePressure } from '../../src/upkeep/store-pressure';

const mib = 1024 * 1024;

let redis: RunningRedis;
let said: unknown[][] = [];
const links: RedisLink[] = [];
const servers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  redis = await startRedis();
});

beforeEach(async () => {
  said = [];
  await askRedis(redis.url, ['FLUSHALL']);
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '0']);
});

afterEach(async () => {
  for (const link of links.splice(0)) link.close();
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(() => redis.stop());

async function pressureOf(url: string, storeMaxBytes: number): Promise<StorePressure> {
  const link = new RedisLink({ url, commandTimeoutMs: 800, monotonicMs: () => performance.now() });
  links.push(link);
  await link.connect(5000);
  const say = (...words: unknown[]) => void said.push(words);
  const pressure = new StorePressure({ link, metrics: createMetrics(), log: { info: say, warn: say }, storeMaxBytes });
  await pressure.measure();
  return pressure;
}

async function usedBytes(): Promise<number> {
  const info = await askRedis(redis.url, ['INFO', 'memory']);
  return Number(/used_memory:(\d+)/.exec(info)![1]);
}

/** On a busy machine the filling takes so long that the link takes Redis for away meanwhile. */
async function measured(pressure: StorePressure): Promise<void> {
  await eventually(() => expect(links.at(-1)!.isAvailable).toBe(true));
  await pressure.measure();
}

/** What jemalloc gives for a string of 57,000 bytes, and some more for its key. */
const itemBytes = 57_440;
const fillScript = "for i = 1, ARGV[1] do redis.call('SET', 'item' .. i, string.rep('x', 57000)) end";

/** Until so many bytes are used, roughly. */
async function fill(bytes: number): Promise<void> {
  await askRedis(redis.url, ['FLUSHALL']);
  const items = Math.floor((bytes - (await usedBytes())) / itemBytes);
  await askRedis(redis.url, ['EVAL', fillScript, '0', String(items)]);
}

test('the budget is three quarters of maxmemory, and each tenth of it from 70 % on is a level', async () => {
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', String(40 * mib)]);
  const pressure = await pressureOf(redis.url, 0);
  expect(pressure.budgetBytes).toBe(30 * mib);
  expect(said).toEqual([['store.budget', { budgetBytes: 30 * mib, maxmemoryBytes: 40 * mib }]]);
  const levels: number[] = [];
  for (const share of [0.5, 0.75, 0.85, 0.95, 1.05, 0.5]) {
    await fill(share * 30 * mib);
    await measured(pressure);
    levels.push(pressure.current);
  }
  expect(levels).toEqual([0, 1, 2, 3, 4, 0]);
  expect(said.slice(1).map(([event, fields]) => [event, (fields as { level: number }).level])).toEqual(
    [1, 2, 3, 4, 0].map((level) => ['store.pressure', level]),
  );
});

test('a budget of its own counts, also where Redis has no limit, and one above the limit is warned of', async () => {
  const pressure = await pressureOf(redis.url, 20 * mib);
  await fill(15 * mib);
  await measured(pressure);
  expect(pressure.current).toBe(1);
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', String(30 * mib)]);
  said = [];
  await pressureOf(redis.url, 40 * mib);
  expect(said.map(([event]) => event)).toEqual(['store.budget', 'settings.warning']);
});

test('without a limit there is no budget, which is said once, and a limit that comes later counts', async () => {
  const pressure = await pressureOf(redis.url, 0);
  await pressure.measure();
  expect(said).toEqual([['store.unbounded', { reason: expect.stringMatching(/maxmemory.*RELAY_STORE_MAX_BYTES/) }]]);
  expect([pressure.current, pressure.budgetBytes]).toEqual([0, 0]);
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  await pressure.measure();
  expect(pressure.current).toBe(4);
});

test('a user who may not ask has no pressure, and is told', async () => {
  const rules = ['on', '>secret', '~*', '&*', '+@all', '-info'];
  await askRedis(redis.url, ['ACL', 'SETUSER', 'asks-not', ...rules]);
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  const pressure = await pressureOf(redis.url.replace('//', '//asks-not:secret@'), 0);
  expect(pressure.current).toBe(0);
  expect(said).toEqual([['store.unbounded', { reason: expect.stringContaining('INFO') }]]);
});

test('while Redis is away nothing is asked and nothing fails, and when it is back it is measured again', async () => {
  const own = await startRedis({ extraArgs: ['--maxmemory', '1'] });
  servers.push(own);
  const pressure = await pressureOf(own.url, 0);
  expect(pressure.current).toBe(4);
  own.kill('SIGKILL');
  await own.exited;
  await eventually(async () => {
    expect(links.at(-1)!.isAvailable).toBe(false);
    await pressure.measure();
  });
  expect(pressure.current).toBe(4);
  await own.restart();
  await askRedis(own.url, ['CONFIG', 'SET', 'maxmemory', String(1000 * mib)]);
  await eventually(async () => {
    await pressure.measure();
    expect(pressure.current).toBe(0);
  });
});

test('of a Cluster the fullest master counts, also while another one is away', async () => {
  const cluster = await startRedisCluster({ masters: 3, replicasPerMaster: 0 });
  servers.push(cluster);
  const [first, second] = cluster.nodes;
  const limit = (node: typeof first, bytes: number) =>
    askRedis(node!.url, ['CONFIG', 'SET', 'maxmemory', String(bytes)]);
  for (const node of cluster.nodes) await limit(node, 40 * mib);
  await limit(first, 1);
  const pressure = await pressureOf(cluster.url, 0);
  expect(pressure.current).toBe(4);
  await limit(first, 40 * mib);
  await pressure.measure();
  expect(pressure.current).toBe(0);
  second!.kill('SIGSTOP');
  try {
    await limit(first, 1);
    await pressure.measure();
    expect(pressure.current).toBe(4);
  } finally {
    second!.kill('SIGCONT');
  }
});

test('an edge tells its budget when it starts, its level in its metrics and its heartbeat', async () => {
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', String(4 * mib)]);
  await fill(2.5 * mib);
  const edge = await startEdge({
    redisUrl: redis.url,
    env: { RELAY_DRAIN_SECONDS: '0', RELAY_DRAIN_LEAD_SECONDS: '0' },
  });
  try {
    const events = edge
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toContain('store.budget');
    await eventually(async () => {
      const metrics = await (await fetch(`${edge.httpUrl}/metrics`)).text();
      expect(metrics).toMatch(/^openrelay_store_pressure [1-4]$/m);
      expect(metrics).toMatch(new RegExp(`^openrelay_store_budget_bytes ${3 * mib}$`, 'm'));
    });
    const [node] = (await askRedis(redis.url, ['ZRANGE', 'or:{nodes}', '0', '-1'])).split('\n');
    expect(Number(await askRedis(redis.url, ['HGET', `or:{nodes}:${node}`, 'storePressure']))).toBeGreaterThan(0);
    expect(await askRedis(redis.url, ['HGET', `or:{nodes}:${node}`, 'storeBudgetBytes'])).toBe(String(3 * mib));
  } finally {
    await edge.stop();
  }
});

test('what is stored has the level measured soon; while nothing is stored Redis is not asked', async () => {
  const asked = async () =>
    Number(/cmdstat_info:calls=(\d+)/.exec(await askRedis(redis.url, ['INFO', 'commandstats']))?.[1] ?? 0);
  const pressure = await pressureOf(redis.url, 1);
  const before = await asked();
  await pause(300);
  expect(await asked()).toBe(before + 1); // the question itself
  expect(pressure.level()).toBe(4);
  expect(pressure.level()).toBe(4);
  await eventually(async () => expect(await asked()).toBeGreaterThan(before + 2));
  await pause(300);
  const settled = await asked();
  await pause(300);
  expect(await asked()).toBe(settled + 1);
});
