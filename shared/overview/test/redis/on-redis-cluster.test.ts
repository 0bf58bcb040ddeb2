import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningRedisCluster, startRedisCluster } from '@openrelay/launch';
import { agreeOnShards, NodeDirectory, RedisLink, redisHealth } from '@openrelay/state';
import { freshHardwareId } from '@openrelay/testing';
import { Overview } from '../../src/index';

let cluster: RunningRedisCluster;
let link: RedisLink;

beforeAll(async () => {
  cluster = await startRedisCluster();
  link = new RedisLink({ url: cluster.url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  await link.connect(5000);
}, 60_000);

afterAll(async () => {
  link.close();
  await cluster.stop();
});

test('everything can be asked of a Redis Cluster, each master for its memory', async () => {
  await agreeOnShards(link, 16);
  const overview = new Overview(link, { limitBytes: 2, thresholdBytes: 1 });
  const masters = (await redisHealth(link)) ?? [];
  expect(masters.length).toBeGreaterThan(1);
  for (const { usedBytes, version } of masters) {
    expect(usedBytes).toBeGreaterThan(0);
    expect(version).toMatch(/^\d+\.\d+/);
  }
  expect(await overview.snapshot()).toMatchObject({ nodes: [], redis: { state: 'well', limitBytes: null } });
  expect(await overview.device(freshHardwareId())).toMatchObject({ registered: 'no' });
  expect(await overview.auditLedger(() => undefined)).toBe('balanced');
  expect(await new NodeDirectory(link).askToDrain('nobody')).toBe('unknown');
  const nowMs = link.clock.now();
  expect(await overview.series(nowMs - 60_000, nowMs, 'minute')).toEqual([]);
});
