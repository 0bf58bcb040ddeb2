import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  freePort,
  type RunningService,
  repositoryRoot,
  runScript,
  startJanitor,
  startRedis,
  startRedisCluster,
  startSentinel,
} from '@openrelay/launch';
import { JobRecords, RedisLink } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { jobNames, schedule } from '../../src/jobs/schedule';
import { allSucceeded, eventsOf, freshDevice, JanitorRig, messagesTo, patience } from './janitor-rig';

const main = join(repositoryRoot, 'services/janitor/dist/main.js');
const running: { stop(): Promise<unknown> }[] = [];

afterAll(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

function keep<One extends { stop(): Promise<unknown> }>(one: One): One {
  running.push(one);
  return one;
}

async function rigOf(shards = 4): Promise<JanitorRig> {
  const rig = new JanitorRig(shards);
  await rig.start();
  return keep(rig);
}

async function janitorOf(redisUrl: string): Promise<RunningService> {
  return keep(await startJanitor({ redisUrl }));
}

async function linkTo(url: string): Promise<RedisLink> {
  const link = new RedisLink({ url, commandTimeoutMs: 3000, monotonicMs: () => performance.now() });
  keep({ stop: async () => link.close() });
  await link.connect(5000);
  return link;
}

// At once: they wait for what the janitor does every ten seconds.
describe('a janitor', () => {
  test.concurrent('fails in its jobs while nodes are alive and no number of shards is agreed on', async () => {
    const rig = await rigOf();
    await rig.beat('a-node');
    await rig.redis.del('or:deployment');
    await janitorOf(rig.server.url);
    await eventually(async () => {
      const records = await rig.records();
      expect(records.filter(({ failures }) => failures > 0)).toHaveLength(jobNames.length);
      for (const { lastError } of records) expect(lastError).toContain('number of shards');
    }, patience);
  });

  test.concurrent('runs every job that is due when it starts, and leaves a record of each', async () => {
    const rig = await rigOf();
    await rig.accept(1, messagesTo(freshDevice(), 10, 0));
    await janitorOf(rig.server.url);
    await allSucceeded(rig.link);
    const records = await rig.records();
    for (const record of records) {
      const { everySeconds, why } = schedule[record.job as keyof typeof schedule];
      expect(record).toMatchObject({ everySeconds, why, failures: 0, lastResult: expect.any(Object) });
      expect(record.lastSucceededAtMs).toBeGreaterThanOrEqual(record.lastStartedAtMs!);
      expect(record.lastError).toBeUndefined();
    }
    await eventually(async () => expect(await rig.keysOf(1)).toEqual(['or:{1}:ledger']), patience);
  }, 90_000);

  test.concurrent('runs the sweep again and again', async () => {
    const rig = await rigOf();
    await janitorOf(rig.server.url);
    await allSucceeded(rig.link);
    await rig.accept(1, messagesTo(freshDevice(), 10, 0));
    await eventually(async () => expect(await rig.keysOf(1)).toEqual(['or:{1}:ledger']), patience);
  }, 90_000);

  test.concurrent('leaves nothing behind in BullMQ that grows', async () => {
    const rig = await rigOf();
    await janitorOf(rig.server.url);
    await allSucceeded(rig.link);
    for (const job of jobNames) {
      expect(await rig.redis.zcard(`{or:bull}:${job}:delayed`)).toBe(1);
      expect(await rig.redis.xlen(`{or:bull}:${job}:events`)).toBeLessThan(300);
    }
  }, 90_000);

  test.concurrent.each(['SIGTERM', 'SIGINT'] as const)('leaves with exit code 0 on %s', async (signal) => {
    const rig = await rigOf();
    const janitor = await janitorOf(rig.server.url);
    expect(await janitor.stop(signal)).toEqual({ code: 0, signal: null });
    expect(eventsOf(janitor)).toEqual(['janitor.starting', 'janitor.ready', 'janitor.stopped']);
  });

  test.concurrent('leaves with exit code 0 also while Redis is away', async () => {
    const rig = await rigOf();
    const janitor = await janitorOf(rig.server.url);
    rig.server.kill('SIGKILL');
    await eventually(() => expect(eventsOf(janitor)).toContain('redis.away'), patience);
    expect(await janitor.stop()).toEqual({ code: 0, signal: null });
  });

  test.concurrent('works beside another one, and each counts for itself', async () => {
    const rig = await rigOf();
    for (let i = 0; i < 200; i += 1) await rig.accept(i % 4, messagesTo(freshDevice(), 10, 0));
    const janitors = await Promise.all([janitorOf(rig.server.url), janitorOf(rig.server.url)]);
    await allSucceeded(rig.link);
    await eventually(async () => expect(await rig.counted('messages_expired')).toBe(2000), patience);
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
    for (const janitor of janitors) expect(await janitor.stop()).toEqual({ code: 0, signal: null });
    const records = await rig.records();
    expect(records.map(({ failures }) => failures)).toEqual(jobNames.map(() => 0));
  }, 90_000);
});

describe('a janitor whose Redis goes away', () => {
  test.concurrent.each(['with its data', 'with nothing'])(
    'tells it once, and goes on by itself when Redis is back %s',
    async (how) => {
      const redis = keep(await startRedis({ appendOnly: how === 'with its data' }));
      const janitor = await janitorOf(redis.url);
      const link = await linkTo(redis.url);
      await allSucceeded(link);
      redis.kill('SIGKILL');
      await eventually(() => expect(eventsOf(janitor)).toContain('redis.away'), patience);
      await redis.restart();
      await eventually(() => expect(eventsOf(janitor)).toContain('redis.back'), patience);
      await allSucceeded(link);
      const sweeps = async () =>
        (await new JobRecords(link).list()).find(({ job }) => job === 'expire-queues')?.runs ?? 0;
      const before = await sweeps();
      await eventually(async () => expect(await sweeps()).toBeGreaterThan(before), patience);
      const events = eventsOf(janitor);
      for (const event of ['redis.away', 'redis.back']) expect(events.filter((one) => one === event)).toHaveLength(1);
      expect(events).not.toContain('process.unexpected');
    },
    150_000,
  );

  test('says so in one sentence and ends with exit code 1 when it is away at the start', async () => {
    const port = await freePort();
    const { code, stderr } = await runScript(main, [], { REDIS_URL: `redis://127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^janitor: Redis does not answer \(.*\): check REDIS_URL, and that Redis is running\.\n$/);
  });
});

describe('the command line of the janitor', () => {
  test('explains itself, checks the settings and prints the defaults', async () => {
    expect(await runScript(main, ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: janitor'),
    });
    expect(await runScript(main, ['--check-config'])).toMatchObject({ code: 0, stdout: 'The settings are valid.\n' });
    expect(await runScript(main, ['--print-defaults'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('REDIS_URL'),
    });
    expect(await runScript(main, ['--fast'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--fast') });
    expect(await runScript(main, [], { LOG_LEVEL: 'loud' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('LOG_LEVEL'),
    });
  });
});

describe('the forms of REDIS_URL', () => {
  test('include a Redis Cluster', async () => {
    const cluster = keep(await startRedisCluster({ replicasPerMaster: 0 }));
    const janitor = await janitorOf(cluster.url);
    await allSucceeded(await linkTo(cluster.url));
    expect(await janitor.stop()).toEqual({ code: 0, signal: null });
    expect(eventsOf(janitor)).toEqual(['janitor.starting', 'janitor.ready', 'janitor.stopped']);
  }, 120_000);

  test('include a Redis that Sentinel knows', async () => {
    const sentinel = keep(await startSentinel());
    const janitor = await janitorOf(sentinel.url);
    await allSucceeded(await linkTo(sentinel.url));
    expect(await janitor.stop()).toEqual({ code: 0, signal: null });
  }, 120_000);

  test('are warned of when that Redis may throw keys away', async () => {
    const redis = keep(await startRedis({ extraArgs: ['--maxmemory-policy', 'allkeys-lru'] }));
    const janitor = await janitorOf(redis.url);
    expect(eventsOf(janitor)).toEqual(['janitor.starting', 'redis.evicts', 'janitor.ready']);
  });
});
