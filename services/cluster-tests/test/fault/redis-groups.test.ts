import { afterEach, describe, expect, test } from '@jest/globals';
import { askRedis, type RunningEdge, startEdge, startRedisCluster, startSentinel } from '@openrelay/launch';
import { eventually, freshHardwareId, TestDevice } from '@openrelay/testing';
import { Fleet, patienceMs } from '../../src/fleet';
import { conclude, faultBoundMs, relaySettings, seed, settle, untilReady } from './fault-cluster';

let edges: RunningEdge[] = [];
let fleet: Fleet | undefined;
let group: { url: string; stop(): Promise<void> } | undefined;

afterEach(async () => {
  await fleet?.stop();
  try {
    if (group) await settle(edges, group.url);
  } finally {
    await group?.stop();
    edges = [];
    fleet = undefined;
    group = undefined;
  }
});

/** Two edges and ten devices; accepted means on one replica too, since what follows kills masters. */
async function relayOn(redisUrl: string): Promise<Fleet> {
  const env = { ...relaySettings, RELAY_MIN_REPLICAS: '1' };
  edges = await Promise.all([startEdge({ redisUrl, env }), startEdge({ redisUrl, env })]);
  fleet = await Fleet.start({ edges: edges.map(({ url }) => url), seed: seed(), devices: 10 });
  return fleet;
}

async function recoverAndConclude(fault: string): Promise<void> {
  for (const edge of edges) await untilReady(edge);
  await fleet!.progress(200);
  await conclude(fault, fleet!);
}

describe('a Redis Cluster of three masters and three replicas', () => {
  test(
    'carries traffic between edges, and loses nothing accepted when a master dies',
    async () => {
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
      await recoverAndConclude('2 masters of a Cluster killed');
    },
    faultBoundMs,
  );

  test(
    'may move slots under traffic',
    async () => {
      const redis = await startRedisCluster();
      group = redis;
      const devices = await relayOn(redis.url);
      await devices.progress(100);
      await fillQueues(400);
      const shards = Array.from({ length: 16 }, (_, shard) => `or:{${shard}}:`);
      for (const key of shards.slice(0, 6)) {
        const from = await redis.masterOfKey(key);
        const masters = [];
        for (const node of redis.nodes) if ((await node.role()) === 'master' && node.id !== from.id) masters.push(node);
        await redis.migrateSlot(await slotOf(redis.nodes[0]!.url, key), masters[0]!);
        await devices.progress(30);
      }
      await recoverAndConclude('6 slots of a Cluster moved');
    },
    faultBoundMs,
  );
});

describe('a Redis that Sentinel watches', () => {
  test(
    'loses nothing accepted when its master dies',
    async () => {
      const redis = await startSentinel({ replicas: 2 });
      group = redis;
      const devices = await relayOn(redis.url);
      await devices.progress(200);
      await redis.failover();
      await recoverAndConclude('the master killed under Sentinel');
    },
    faultBoundMs,
  );
});

/** Messages for devices that never come: several batches of keys for each slot that moves. */
async function fillQueues(count: number): Promise<void> {
  const sender = await TestDevice.connect(edges[0]!.url);
  await sender.register();
  for (let sent = 0; sent < count; sent += 1) sender.sendMessage(freshHardwareId());
  // A replica that is late makes some of them be refused; most are enough.
  await eventually(() => expect(sender.frames.length).toBeGreaterThan(count), { timeoutMs: patienceMs });
  expect(sender.frames.filter(({ type }) => type === 'Ack').length).toBeGreaterThan(count / 2);
  await sender.close();
}

async function slotOf(url: string, key: string): Promise<number> {
  return Number(await askRedis(url, ['CLUSTER', 'KEYSLOT', key]));
}
