import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { askRedis, type RunningRedis, startRedis } from '@openrelay/launch';
import { agreeOnShards } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { linkAt, nowMs } from './fixed-cluster';
import { runIn } from './run-in';

let servers: RunningRedis[] = [];
let folders: string[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  servers = [];
  folders = [];
});

/** One that keeps its data, has a limit, and has served a relay. */
async function redisWith(extraArgs: string[] = [], dataDir?: string): Promise<RunningRedis> {
  const limited = ['--maxmemory', '1gb', ...extraArgs];
  const redis = await startRedis({
    appendOnly: true,
    extraArgs: limited,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  servers.push(redis);
  const link = await linkAt(redis.url, nowMs);
  await agreeOnShards(link, 16);
  link.close();
  return redis;
}

function relayctl(redis: RunningRedis, argv: string[], env: Record<string, string> = {}) {
  return runIn({ connect: (url) => linkAt(url, nowMs), env: { REDIS_URL: redis.url, ...env } }, argv);
}

async function expectUnfit(redis: RunningRedis, says: string | RegExp, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await relayctl(redis, ['config', 'check'], env);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(says);
  expect(stdout).not.toContain('All is right');
}

async function faults(redis: RunningRedis): Promise<string[]> {
  const { code, stdout } = await relayctl(redis, ['status', '--json']);
  expect(code).toBe(1);
  return (JSON.parse(stdout) as { faults: string[] }).faults;
}

test('a Redis that is as it should be is right', async () => {
  expect(await relayctl(await redisWith(), ['config', 'check'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^All is right for Redis at [^\n]+\.\n$/),
  });
});

describe('a Redis that the relay cannot use is not right', () => {
  test('because it cannot write to its disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openrelay-unfit-'));
    folders.push(folder);
    const redis = await redisWith(['--save', '3600 1000000'], folder);
    mkdirSync(join(folder, 'dump.rdb')); // no snapshot can take its place
    await askRedis(redis.url, ['BGSAVE']);
    await eventually(async () => {
      expect(await askRedis(redis.url, ['INFO', 'persistence'])).toContain('rdb_last_bgsave_status:err');
    });
    await expectUnfit(redis, 'Redis cannot write to its disk.\n');
    expect(await faults(redis)).toContain('Redis cannot write to its disk');
  });

  test('because it is full', async () => {
    const redis = await redisWith();
    await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
    await expectUnfit(redis, 'Redis is full.\n');
  });

  test('because it may throw messages away', async () => {
    const redis = await redisWith(['--maxmemory-policy', 'allkeys-lru']);
    const fault = 'Redis may throw messages away (maxmemory-policy allkeys-lru)';
    await expectUnfit(redis, `${fault}.\n`);
    expect(await faults(redis)).toContain(fault);
  });

  test('because it is a replica', async () => {
    const master = await redisWith(atOnce);
    const replica = await startReplica(master);
    await expectUnfit(replica, 'REDIS_URL names a replica, which takes no writes: ');
    await expectUnfit(replica, /^[^\n]+\n$/, { RELAY_MIN_REPLICAS: '1' });
  });

  test('because it has fewer replicas than are asked for', async () => {
    const master = await redisWith(atOnce);
    await expectUnfit(master, 'RELAY_MIN_REPLICAS is 1, but Redis has 0 replicas: ', { RELAY_MIN_REPLICAS: '1' });
    await startReplica(master);
    expect(await relayctl(master, ['config', 'check'], { RELAY_MIN_REPLICAS: '1' })).toMatchObject({ code: 0 });
    await expectUnfit(master, 'RELAY_MIN_REPLICAS is 2, but Redis has 1 replica: ', { RELAY_MIN_REPLICAS: '2' });
  });
});

test.each([
  ['writes no append-only file', ['--appendonly', 'no']],
  ['has no maxmemory, and RELAY_STORE_MAX_BYTES is not set', ['--maxmemory', '0']],
])('a Redis that %s is usable, and not said to be right', async (flaw, args) => {
  const redis = await redisWith(args);
  const { code, stdout } = await relayctl(redis, ['config', 'check']);
  expect(code).toBe(0);
  const [warning, verdict, end] = stdout.split('\n');
  expect(warning).toContain(`Warning: Redis ${flaw}`);
  expect(verdict).toMatch(/^Usable, but see above: Redis at .+\.$/);
  expect(end).toBe('');
});

test('a Redis without a limit is right where a budget is set', async () => {
  const redis = await redisWith(['--maxmemory', '0']);
  const { stdout } = await relayctl(redis, ['config', 'check'], { RELAY_STORE_MAX_BYTES: '1000000000' });
  expect(stdout).toMatch(/^All is right/);
});

const atOnce = ['--repl-diskless-sync-delay', '0'];

async function startReplica(master: RunningRedis): Promise<RunningRedis> {
  const follows = ['--maxmemory', '1gb', '--replicaof', master.host, String(master.port)];
  const replica = await startRedis({ appendOnly: true, extraArgs: follows });
  servers.push(replica);
  const isFollowing = async () => expect(await askRedis(master.url, ['INFO', 'replication'])).toContain('state=online');
  await eventually(isFollowing, { timeoutMs: 30_000 });
  return replica;
}
