import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askRedis, type RunningRedisCluster, startRedisCluster } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Inbox, type RedisLink } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { commandTimeoutMs, freshName, linkTo, monotonicMs } from './state-rig';

const shards = 16;
let redis: RunningRedisCluster;
let link: RedisLink;
let inbox: Inbox;

beforeAll(async () => {
  redis = await startRedisCluster({ replicasPerMaster: 0 });
  link = linkTo(redis.url);
  await link.connect(5000);
  inbox = new Inbox(link, { url: redis.url, node: freshName('node'), shards, commandTimeoutMs, monotonicMs });
}, 60_000);

afterAll(async () => {
  inbox.stop();
  link.close();
  await redis.stop();
});

test('a subscriber that comes back names its own shards, so that no device of the others registers again', async () => {
  const heard: number[] = [];
  inbox.on('listening', (named) => heard.push(...named));
  inbox.start();
  const all = Array.from({ length: shards }, (_, shard) => shard);
  await eventually(() => expect(heard.toSorted((a, b) => a - b)).toEqual(all));

  heard.length = 0;
  const master = await redis.masterOfKey(shardPrefix(0));
  const owners = await Promise.all(all.map((shard) => redis.masterOfKey(shardPrefix(shard))));
  await askRedis(master.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  const own = all.filter((shard) => owners[shard]!.id === master.id);
  await eventually(() => expect(heard.toSorted((a, b) => a - b)).toEqual(own));
  expect(own.length).toBeLessThan(shards);
});

test('when a slot moves only its shard is named, and heard at its new place', async () => {
  const heard: number[] = [];
  inbox.on('listening', (named) => heard.push(...named));
  await eventually(() => expect(inbox.listeningShards.size).toBe(shards));
  heard.length = 0;
  const key = shardPrefix(0);
  const owner = await redis.masterOfKey(key);
  const target = redis.nodes.find(({ id }) => id !== owner.id)!;
  await redis.migrateSlot(Number(await askRedis(owner.url, ['CLUSTER', 'KEYSLOT', key])), target);
  await eventually(() => expect(heard).toEqual([0]));
  expect(inbox.isDeaf).toBe(false);
});
