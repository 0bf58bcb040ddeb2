import { notEqual, ok } from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../processes/eventually';
import { freePort } from '../processes/free-port';
import { startAll, stopAll } from '../processes/start-all';
import { askRedis, askRedisForList } from './ask-redis';
import { redisArguments, redisHost } from './redis-arguments';
import { asNode, isFollowing, nodeArguments, type RedisNode } from './redis-node';
import { type RunningRedis, startServer } from './redis-server';

export type SentinelOptions = {
  replicas?: number;
  sentinels?: number;
};

export type RunningSentinel = {
  /** `redis+sentinel://`, with all sentinels and the name under which they know the master. */
  readonly url: string;
  /** First the one that began as the master. */
  readonly nodes: readonly RedisNode[];
  readonly sentinels: readonly RunningRedis[];
  /** That a sentinel names and that takes itself for it; rejects when there is none, as in the midst of a failover. */
  master(): Promise<RedisNode>;
  /** Kills the master and resolves with the node that has taken its place. A restarted one takes some 10 s to become a replica. */
  failover(): Promise<RedisNode>;
  stop(): Promise<void>;
};

const masterName = 'relay';
const quorum = 2;
/**
 * More than the second that a sentinel may let pass between its last try to reach a dead master and its first to reach the
 * next one; with less it may take that for dead too, and make a server that has just been restarted, with old data, the master.
 */
const hastyDownMs = 2000;
/** A slow machine may stall a master for seconds: it is replaced only once it was killed to be. */
const steadyDownMs = 60_000;
/** A sentinel that was stalled for two seconds itself does nothing for thirty. */
const patience = { timeoutMs: 60_000 };

/** A master and its replicas on 127.0.0.1, watched by real sentinels that all know of one another. */
export async function startSentinel(options: SentinelOptions = {}): Promise<RunningSentinel> {
  const { replicas = 1, sentinels: sentinelCount = 3 } = options;
  if (sentinelCount <= quorum) throw new Error(`At least ${quorum + 1} sentinels are needed: ${quorum} must agree.`);
  const servers: RunningRedis[] = [];
  try {
    const nodes = await startAll(Array.from({ length: 1 + replicas }, startNode));
    servers.push(...nodes);
    await replicate(nodes[0]!, nodes.slice(1));
    // Only now: a sentinel hears of new replicas every 10 s.
    const sentinels = await startAll(Array.from({ length: sentinelCount }, () => startOne(nodes[0]!.port)));
    servers.push(...sentinels);
    const areAcquainted = () => allKnow(sentinels, replicas);
    await eventually(async () => ok(await areAcquainted(), 'Not all sentinels know one another.'), patience);
    await setDownAfter(sentinels, steadyDownMs);
    return running(nodes, sentinels);
  } catch (error) {
    await stopAll(servers);
    throw error;
  }
}

function running(nodes: readonly RedisNode[], sentinels: readonly RunningRedis[]): RunningSentinel {
  const master = () => findMaster(nodes, sentinels);
  return {
    url: `redis+sentinel://${sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/${masterName}`,
    nodes,
    sentinels,
    master,
    failover: async () => failOver(await eventually(master, patience), master, sentinels),
    stop: () => stopAll([...sentinels, ...nodes]),
  };
}

/** With a file of its configuration, where sentinels have it write down whom it follows. */
async function startNode(): Promise<RedisNode> {
  const node = await startServer({
    findPort: freePort,
    argumentsFor: async (port, dataDir) => {
      const file = configurationFile(dataDir, 'redis.conf', '');
      return [file, ...(await redisArguments({ appendOnly: true, extraArgs: nodeArguments }, port, dataDir))];
    },
  });
  return asNode(node);
}

function startOne(masterPort: number): Promise<RunningRedis> {
  return startServer({
    findPort: freePort,
    argumentsFor: async (port, dataDir) => {
      const file = configurationFile(dataDir, 'sentinel.conf', sentinelConfiguration(masterPort));
      return [file, '--sentinel', '--bind', redisHost, '--port', String(port), '--dir', dataDir, '--daemonize', 'no'];
    },
  });
}

/** What the server wrote into it is kept over a restart. */
function configurationFile(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, text);
  return file;
}

function sentinelConfiguration(masterPort: number): string {
  return [
    `sentinel monitor ${masterName} ${redisHost} ${masterPort} ${quorum}`,
    `sentinel down-after-milliseconds ${masterName} ${hastyDownMs}`,
    `sentinel failover-timeout ${masterName} 5000`,
    `sentinel parallel-syncs ${masterName} 1`,
    '',
  ].join('\n');
}

async function replicate(master: RedisNode, replicas: readonly RedisNode[]): Promise<void> {
  for (const replica of replicas) {
    await askRedis(replica.url, ['REPLICAOF', master.host, String(master.port)]);
    await askRedis(replica.url, ['CONFIG', 'REWRITE']);
  }
  await eventually(async () => {
    const following = await Promise.all(replicas.map((replica) => isFollowing(replica, master.port)));
    ok(following.every(Boolean), 'A replica does not follow its master.');
  }, patience);
}

async function allKnow(sentinels: readonly RunningRedis[], replicaCount: number): Promise<boolean> {
  const known = `status=ok,address=${redisHost}:`;
  const counts = `,slaves=${replicaCount},sentinels=${sentinels.length}\r`;
  const views = await Promise.all(sentinels.map((sentinel) => askRedis(sentinel.url, ['INFO', 'sentinel'])));
  return views.every((view) => view.includes(known) && view.includes(counts));
}

async function findMaster(nodes: readonly RedisNode[], sentinels: readonly RunningRedis[]): Promise<RedisNode> {
  const named = await Promise.allSettled(sentinels.map(namedMasterPort));
  const ports = named.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  for (const node of nodes.filter(({ port }) => ports.includes(port))) {
    if ((await node.role().catch(() => 'down')) === 'master') return node;
  }
  throw new Error('No sentinel names a server that answers as a master.');
}

async function namedMasterPort(sentinel: RunningRedis): Promise<number> {
  const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName];
  const [, port] = await askRedisForList(sentinel.url, command);
  return Number(port);
}

async function failOver(
  old: RedisNode,
  findMasterNow: () => Promise<RedisNode>,
  sentinels: readonly RunningRedis[],
): Promise<RedisNode> {
  await setDownAfter(sentinels, hastyDownMs);
  old.kill('SIGKILL');
  await old.exited;
  const successor = await eventually(async () => {
    const now = await findMasterNow();
    notEqual(now, old, `The sentinels have not replaced the master on port ${old.port}.`);
    return now;
  }, patience);
  await setDownAfter(sentinels, steadyDownMs);
  return successor;
}

async function setDownAfter(sentinels: readonly RunningRedis[], downAfterMs: number): Promise<void> {
  const command = ['SENTINEL', 'SET', masterName, 'down-after-milliseconds', String(downAfterMs)];
  await Promise.all(sentinels.map((sentinel) => askRedis(sentinel.url, command)));
}
