import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type Cluster,
  type ClusterNode,
  type RunningRedisCluster,
  startClusterOn,
  startRedisCluster,
} from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { exchange, registeredDevice, statusOf } from '../../src';
import { patienceMs } from '../../src/fleet';
import { endBalanced, relaySettings } from './fault-cluster';

const frozenMs = 8000;
const shards = 16;

let redis: RunningRedisCluster;
let cluster: Cluster<RunningRedisCluster>;

beforeEach(async () => {
  redis = await startRedisCluster({ replicasPerMaster: 0 });
  cluster = await startClusterOn(redis, { edges: 2, env: { ...relaySettings, RELAY_SHARDS: String(shards) } });
});

afterEach(async () => {
  for (const node of redis.nodes) node.kill('SIGCONT');
  await endBalanced(cluster);
});

/** An id whose shard lies on the master, or on one of the others. */
async function idOn(master: ClusterNode, where: 'there' | 'elsewhere'): Promise<string> {
  for (;;) {
    const id = freshHardwareId();
    const owner = await redis.masterOfKey(`or:{${shardOf(deviceKeyOf(id), shards)}}:`);
    if ((owner.id === master.id) === (where === 'there')) return id;
  }
}

test('of a Redis Cluster one of whose masters is frozen, the shards of the others go on without a refusal', async () => {
  const frozen = await redis.masterOfKey('or:{nodes}'); // where heartbeats go, too
  const [one, other] = [cluster.edge(0), cluster.edge(1)];
  const sender = await registeredDevice(one, { hardwareId: await idOn(frozen, 'elsewhere') });
  const recipient = await registeredDevice(other, { hardwareId: await idOn(frozen, 'elsewhere') });
  const cutOff = await registeredDevice(one, { hardwareId: await idOn(frozen, 'there') });
  await exchange(sender, recipient);

  frozen.kill('SIGSTOP');
  const frozenAtMs = performance.now();
  while (performance.now() - frozenAtMs < frozenMs) {
    await exchange(sender, recipient);
    await pause(20);
  }
  sender.sendMessage(cutOff.hardwareId);
  expect((await sender.next('Error')).payload).toMatchObject({ code: 503 });
  for (const edge of cluster.edges) expect(await statusOf(edge, '/ready')).toBe(200);

  frozen.kill('SIGCONT');
  await eventually(() => exchange(cutOff, recipient), { timeoutMs: patienceMs });
});
