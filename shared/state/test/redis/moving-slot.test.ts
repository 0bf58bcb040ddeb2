import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askRedis, type ClusterNode, type RunningRedisCluster, startRedisCluster } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { MessageQueue, type RedisLink, RedisUnavailable } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, linkTo, messageTo } from './state-rig';

const shard = 7;
const rules = { maxMessages: 1000, maxBytes: 2 ** 25, minReplicas: 0 };

let redis: RunningRedisCluster;
let link: RedisLink;
let slot: number;
let source: ClusterNode;
let target: ClusterNode;

beforeAll(async () => {
  redis = await startRedisCluster();
  link = linkTo(redis.url);
  await link.connect(5000);
  source = await redis.masterOfKey(shardPrefix(shard));
  target = (await Promise.all([0, 8000, 16_383].map((each) => redis.masterOfSlot(each)))).find(
    (one) => one !== source,
  )!;
  slot = Number(await askRedis(source.url, ['CLUSTER', 'KEYSLOT', shardPrefix(shard)]));
}, 60_000);

afterAll(async () => {
  link.close();
  await redis.stop();
});

async function keysOn(node: ClusterNode): Promise<number> {
  return Number(await askRedis(node.url, ['CLUSTER', 'COUNTKEYSINSLOT', String(slot)]));
}

test('a shard whose slot is on the way is refused, is not begun anew on its next master, and goes on once it is there', async () => {
  const queue = new MessageQueue(link, 'node', rules);
  const device = freshDevice();
  const accept = async () => (await queue.accept(shard, [{ ...messageTo(device), shard }]))[0];
  expect(await accept()).toMatchObject({ status: 'queued', seq: 1 });

  await askRedis(target.url, ['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', source.id]);
  await askRedis(source.url, ['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', target.id]);
  await expect(accept()).rejects.toThrow(RedisUnavailable);
  expect(await keysOn(target)).toBe(0);

  await redis.migrateSlot(slot, target);
  expect(await keysOn(source)).toBe(0);
  await eventually(async () => expect(await accept()).toMatchObject({ status: 'queued', seq: 2 }));
});
