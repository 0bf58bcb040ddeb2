import { afterEach, describe, expect, test } from '@jest/globals';
import {
  askRedis,
  type Cluster,
  type ClusterRedis,
  startClusterOn,
  startRedisCluster,
  startSentinel,
} from '@openrelay/launch';
import { eventually, freshHardwareId, TestDevice } from '@openrelay/testing';
import { untilReady } from '../../src';
import { Fleet, patienceMs } from '../../src/fleet';
import { conclude, endBalanced, refusedIn, relaySettings, seed } from './fault-cluster';

let cluster: Cluster<ClusterRedis>;
let fleet: Fleet;

afterEach(async () => {
  await fleet.stop();
  await endBalanced(cluster);
});

/** Two edges and ten devices; accepted means on one replica too, since what follows kills masters. */
async function relayOn(redis: ClusterRedis): Promise<Fleet> {
  cluster = await startClusterOn(redis, { edges: 2, env: { ...relaySettings, RELAY_MIN_REPLICAS: '1' } });
  fleet = await Fleet.start({ edges: cluster.edges.map(({ url }) => url), seed: seed(), devices: 10 });
  return fleet;
}

/** @param refusedBefore what was answered 503 before anything happened */
async function recoverAndConclude(fault: string, refusedBefore: number): Promise<void> {
  for (const edge of cluster.edges) await untilReady(edge);
  await fleet.progress(200);
  expect(refusedIn(fleet)).toBeGreaterThan(refusedBefore);
  await conclude(fault, fleet);
}

describe('a Redis Cluster of three masters and three replicas', () => {
  test('carries traffic between edges, and loses nothing accepted when a master dies', async () => {
    const redis = await startRedisCluster();
    const devices = await relayOn(redis);
    await devices.progress(200);
    const refused = refusedIn(devices);
    for (const slot of [0, 8000]) {
      const master = await redis.masterOfSlot(slot);
      await redis.failover(master);
      await master.restart(); // becomes the replica that the next acks wait for
      await devices.progress(100);
    }
    await recoverAndConclude('2 masters of a Cluster killed', refused);
  });

  test('may move slots under traffic', async () => {
    const redis = await startRedisCluster();
    const devices = await relayOn(redis);
    await devices.progress(100);
    await fillQueues(400);
    const refused = refusedIn(devices);
    const shards = Array.from({ length: 16 }, (_, shard) => `or:{${shard}}:`);
    const moved: string[] = [];
    // Six, and on until traffic has met one.
    for (const key of shards) {
      if (moved.length >= 6 && refusedIn(devices) > refused) break;
      const from = await redis.masterOfKey(key);
      const masters = [];
      for (const node of redis.nodes) if ((await node.role()) === 'master' && node.id !== from.id) masters.push(node);
      await redis.migrateSlot(await slotOf(redis.nodes[0]!.url, key), masters[0]!);
      moved.push(key);
      await devices.progress(30);
    }
    await recoverAndConclude(`${moved.length} slots of a Cluster moved`, refused);
  });
});

describe('a Redis that Sentinel watches', () => {
  test('loses nothing accepted when its master dies', async () => {
    const redis = await startSentinel({ replicas: 2 });
    const devices = await relayOn(redis);
    await devices.progress(200);
    const refused = refusedIn(devices);
    await redis.failover();
    await recoverAndConclude('the master killed under Sentinel', refused);
  });
});

/** Messages for devices that never come: several batches of keys for each slot that moves. */
async function fillQueues(count: number): Promise<void> {
  const sender = await TestDevice.connect(cluster.edge(0).url);
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
