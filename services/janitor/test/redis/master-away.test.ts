import { afterEach, expect, test } from '@jest/globals';
import {
  type ClusterNode,
  type RunningRedisCluster,
  type RunningService,
  startJanitor,
  startRedisCluster,
} from '@openrelay/launch';
import { agreeOnShards, MessageQueue, RedisLink } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { freshDevice, messagesTo, patience } from './janitor-rig';

const shards = 16;

let redis: RunningRedisCluster | undefined;
let link: RedisLink | undefined;
let janitor: RunningService | undefined;

afterEach(async () => {
  await janitor?.stop('SIGKILL');
  link?.close();
  await redis?.stop();
});

async function shardsOf(cluster: RunningRedisCluster, masterId: string): Promise<Set<number>> {
  const owned = new Set<number>();
  for (let shard = 0; shard < shards; shard += 1) {
    if ((await cluster.masterOfKey(`or:{${shard}}:`)).id === masterId) owned.add(shard);
  }
  return owned;
}

async function expiredIn(shard: number): Promise<number> {
  const key = `or:{${shard}}:ledger`;
  return Number(await link!.command(key, (client) => client.hget(key, 'expired')));
}

/** A Cluster without replicas, with something in each shard that has expired. */
async function start(): Promise<RunningRedisCluster> {
  redis = await startRedisCluster({ replicasPerMaster: 0, extraArgs: ['--cluster-require-full-coverage', 'no'] });
  link = new RedisLink({ url: redis.url, commandTimeoutMs: 3000, monotonicMs: () => performance.now() });
  await link.connect(5000);
  await agreeOnShards(link, shards);
  return redis;
}

async function fill(without: ReadonlySet<number> = new Set()): Promise<void> {
  const queue = new MessageQueue(link!, 'a-node', { maxMessages: 10, maxBytes: 1e6, minReplicas: 0 });
  for (let shard = 0; shard < shards; shard += 1) {
    if (!without.has(shard)) {
      const messages = messagesTo(freshDevice(), 1, 0).map((message) => ({ ...message, shard }));
      await queue.accept(link!.laneOf(shard), messages);
    }
  }
}

async function swept(messages: number, without: ReadonlySet<number>): Promise<void> {
  for (let shard = 0; shard < shards; shard += 1) {
    if (!without.has(shard)) await eventually(async () => expect(await expiredIn(shard)).toBe(messages), patience);
  }
}

async function lose(master: ClusterNode): Promise<ReadonlySet<number>> {
  const away = await shardsOf(redis!, master.id);
  master.kill('SIGKILL');
  await master.exited;
  return away;
}

test('a janitor that is started while a master of a Cluster is away sweeps the shards of the others, and says what it left out', async () => {
  const cluster = await start();
  await fill();
  const own = await cluster.masterOfKey('or:deployment');
  const away = await lose(cluster.nodes.find(({ id }) => id !== own.id)!);
  janitor = await startJanitor({ redisUrl: cluster.url });
  await swept(1, away);
  const told = `${away.size} of ${shards} shards were left out`;
  await eventually(() => expect(janitor!.output()).toContain(told), patience);
}, 180_000);

test('a janitor goes on with the other shards when the master of its own keys goes away', async () => {
  const cluster = await start();
  janitor = await startJanitor({ redisUrl: cluster.url });
  await fill();
  await swept(1, new Set());
  const away = await lose(await cluster.masterOfKey('{or:bull}'));
  await eventually(() => fill(away), patience);
  await eventually(async () => {
    for (let shard = 0; shard < shards; shard += 1) {
      if (!away.has(shard)) expect(await expiredIn(shard)).toBeGreaterThan(1);
    }
  }, patience);
}, 180_000);

test('a janitor that is started while the master of its own keys is away waits for it', async () => {
  const cluster = await start();
  await fill();
  const own = await cluster.masterOfKey('or:deployment');
  await lose(own);
  janitor = await startJanitor({ redisUrl: cluster.url });
  await own.restart();
  await swept(1, new Set());
}, 180_000);
