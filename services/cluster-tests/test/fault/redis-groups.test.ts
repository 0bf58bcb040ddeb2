import { afterEach, describe, expect, test } from '@jest/globals';
import { askRedis, type RunningEdge, startEdge, startRedisCluster, startSentinel } from '@openrelay/launch';
import { Fleet } from '../../src/fleet';
import { note, relaySettings, seed, untilReady } from './fault-cluster';

let edges: RunningEdge[] = [];
let fleet: Fleet | undefined;
let group: { stop(): Promise<void> } | undefined;

afterEach(async () => {
  await fleet?.stop();
  await Promise.all(edges.map((edge) => edge.stop('SIGKILL')));
  await group?.stop();
  edges = [];
  fleet = undefined;
  group = undefined;
});

/** Two edges and ten devices; accepted means on one replica too, since what follows kills masters. */
async function relayOn(redisUrl: string): Promise<Fleet> {
  const env = { ...relaySettings, RELAY_MIN_REPLICAS: '1' };
  edges = await Promise.all([startEdge({ redisUrl, env }), startEdge({ redisUrl, env })]);
  fleet = await Fleet.start({ edges: edges.map(({ url }) => url), seed: seed(), devices: 10 });
  return fleet;
}

async function conclude(title: string): Promise<void> {
  for (const edge of edges) await untilReady(edge);
  await fleet!.progress(200);
  const verdict = await fleet!.verdict();
  note(title, fleet!, verdict);
  expect(verdict.faults).toEqual([]);
}

describe('a Redis Cluster of three masters and three replicas', () => {
  test('carries traffic between edges, and loses nothing accepted when a master dies', async () => {
    const redis = await startRedisCluster();
    group = redis;
    const devices = await relayOn(redis.url);
    await devices.progress(200);
    for (const slot of [0, 8000]) {
      const master = await redis.masterOfSlot(slot);
      await redis.failover(master);
      await master.restart(); // becomes the replica that the next acks wait for
      await devices.progress(100);
    }
    await conclude('2 masters of a Cluster killed');
  }, 90_000);

  test('may move slots under traffic', async () => {
    const redis = await startRedisCluster();
    group = redis;
    const devices = await relayOn(redis.url);
    await devices.progress(100);
    const shards = Array.from({ length: 16 }, (_, shard) => `or:{${shard}}:`);
    for (const key of shards.slice(0, 6)) {
      const from = await redis.masterOfKey(key);
      const masters = [];
      for (const node of redis.nodes) if ((await node.role()) === 'master' && node.id !== from.id) masters.push(node);
      await redis.migrateSlot(await slotOf(redis.nodes[0]!.url, key), masters[0]!);
      await devices.progress(30);
    }
    await conclude('6 slots of a Cluster moved');
  }, 90_000);
});

describe('a Redis that Sentinel watches', () => {
  test('loses nothing accepted when its master dies', async () => {
    const redis = await startSentinel({ replicas: 2 });
    group = redis;
    const devices = await relayOn(redis.url);
    await devices.progress(200);
    await redis.failover();
    await conclude('the master killed under Sentinel');
  }, 90_000);
});

async function slotOf(url: string, key: string): Promise<number> {
  return Number(await askRedis(url, ['CLUSTER', 'KEYSLOT', key]));
}
