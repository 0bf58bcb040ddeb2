import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
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

/** One that keeps its data, and has served a relay. */
async function redisWith(extraArgs: string[] = [], dataDir?: string): Promise<RunningRedis> {
  const redis = await startRedis({ appendOnly: true, extraArgs, ...(dataDir === undefined ? {} : { dataDir }) });
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

it('a Redis that is as it should be is right', async () => {
  expect(await relayctl(await redisWith(), ['config', 'check'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^All is right for Redis at [^\n]+\.\n$/),
  });
});

describe('a Redis that the relay cannot use is not right', () => {
  it('because it cannot write to its disk', async () => {
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

  it('because it is full', async () => {
    const redis = await redisWith();
    await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
    await expectUnfit(redis, 'Redis is full.\n');
  });
});
