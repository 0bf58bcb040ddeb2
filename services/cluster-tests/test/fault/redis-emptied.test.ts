import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type RunningEdge, type RunningRedis, startEdge, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { end, faultBoundMs, relaySettings, settle, untilReady } from './fault-cluster';

let redis: RunningRedis;
let edge: RunningEdge;

beforeEach(async () => {
  redis = await startRedis();
  edge = await startEdge({ redisUrl: redis.url, env: { ...relaySettings, RELAY_SHARDS: '16' } });
});

afterEach(async () => {
  try {
    await settle([edge], redis.url);
  } finally {
    await redis.stop();
  }
});

/** An edge that was set up otherwise would split the queues. */
async function expectOthersRefused(): Promise<void> {
  const shards = () => askRedis(redis.url, ['HGET', 'or:deployment', 'shards']);
  await eventually(async () => expect(await shards()).toBe('16'));
  const other = startEdge({ redisUrl: redis.url, env: { ...relaySettings, RELAY_SHARDS: '8' } });
  await expect(other).rejects.toThrow('RELAY_SHARDS is 8');
}

test(
  'the number of shards is agreed on again in a Redis that comes back empty',
  async () => {
    await end(redis, 'SIGKILL');
    await redis.restart();
    await untilReady(edge);
    await expectOthersRefused();
  },
  faultBoundMs,
);

test(
  'the number of shards is agreed on again in a Redis that was emptied',
  async () => {
    await askRedis(redis.url, ['FLUSHALL']);
    await expectOthersRefused();
  },
  faultBoundMs,
);
