/** The relays that a scenario measures: a cluster of its own, or the in-memory relay, which takes itself for an edge. */
import { join } from 'node:path';
import { type ClusterRedis, type RunningEdge, startEdge } from '@openrelay/launch';
import type { ScenarioContext } from '../load/plan';
import type { Target } from '../measuring/measure';
import { describeRedis } from '../measuring/redis-server';

// The limiter's script still runs for every message; it only never refuses.
const edgeEnvironment = {
  RELAY_REQUESTS_PER_MINUTE: '2000000',
  RELAY_POINTS_PER_MINUTE: '1000000000',
  RELAY_REGISTRATIONS_PER_MINUTE: '1000000000',
  RELAY_CONNECTIONS_PER_SECOND: '0',
  RELAY_QUEUE_MAX_MESSAGES: '100000',
};

/** `first`: so many of its edges, while the others idle. */
export type Cluster = Target & { redisUrl: string; redisVersion: string; first(edges: number): Target };

/** A fresh Redis with append-only on, unless the user names one, and some edges. */
export async function startCluster(context: ScenarioContext): Promise<Cluster> {
  const { redisUrl, launch } = context;
  if (redisUrl === undefined) return startClusterWith(context, await launch.startRedis({ appendOnly: true }));
  return startClusterWith(context, { url: redisUrl, stop: async () => undefined });
}

/** On a Redis that ends with the cluster. @param redisPids of all its servers; absent: of the one at its URL */
export async function startClusterWith(
  { conditions, keep, launch }: ScenarioContext,
  redis: ClusterRedis,
  redisPids?: readonly number[],
): Promise<Cluster> {
  const { pid, version } = await describeRedis(redis.url.replace('redis+cluster:', 'redis:').replace(/,.*/, ''));
  const cluster = await launch.startClusterOn(redis, { edges: conditions.edges, env: edgeEnvironment });
  const { edges } = cluster;
  keepRelays(keep, edges, () => cluster.stop('SIGKILL'));
  const first = (count: number): Target => {
    const some = edges.slice(0, count);
    const watched = { edge: some.map((edge) => edge.pid), redis: redisPids ?? [pid] };
    return { relay: 'edge', ports: some.map(({ port }) => port), watched };
  };
  return { ...first(edges.length), redisUrl: redis.url, redisVersion: version, first };
}

export async function startMemoryRelay({ keep }: ScenarioContext): Promise<Target> {
  const relay = await startEdge({ redisUrl: 'none', entry: join(__dirname, 'in-memory-relay.js') });
  keepRelays(keep, [relay], () => relay.stop('SIGKILL'));
  return { relay: 'memory', ports: [relay.port], watched: { memory: [relay.pid] } };
}

/** Tells of those that ended by themselves. */
function keepRelays(keep: ScenarioContext['keep'], relays: readonly RunningEdge[], stop: () => Promise<unknown>): void {
  const ended: RunningEdge[] = [];
  for (const relay of relays) void relay.exited.then(() => ended.push(relay));
  keep({
    stop: () => {
      for (const relay of ended) process.stderr.write(`[bench] a relay ended by itself:\n${relay.output()}\n`);
      return stop();
    },
  });
}
