/** The relays that a scenario measures: a cluster of its own, or the in-memory relay, which takes itself for an edge. */
import { join } from 'node:path';
import { type RunningEdge, startClusterOn, startEdge, startRedis } from '@openrelay/launch';
import type { ScenarioContext } from '../load/plan';
import type { Target } from '../measuring/measure';
import { describeRedis } from '../measuring/redis-server';

// The limiter's script still runs for every message; it only never refuses.
const edgeEnvironment = {
  RELAY_REQUESTS_PER_MINUTE: '1000000000',
  RELAY_POINTS_PER_MINUTE: '1000000000',
  RELAY_REGISTRATIONS_PER_MINUTE: '1000000000',
  RELAY_CONNECTIONS_PER_SECOND: '0',
  RELAY_QUEUE_MAX_MESSAGES: '100000',
};

export type Cluster = Target & { redisUrl: string; redisVersion: string };

/** A fresh Redis with append-only on, unless the user names one, and some edges. */
export async function startCluster({ conditions: { edges }, redisUrl, keep }: ScenarioContext): Promise<Cluster> {
  const given = { url: redisUrl ?? '', stop: async () => undefined };
  const redis = redisUrl === undefined ? await startRedis({ appendOnly: true }) : given;
  const { pid, version } = await describeRedis(redis.url);
  const cluster = await startClusterOn(redis, { edges, env: edgeEnvironment });
  keepRelays(keep, cluster.edges, () => cluster.stop('SIGKILL'));
  const watched = { edge: cluster.edges.map((edge) => edge.pid), redis: [pid] };
  const ports = cluster.edges.map(({ port }) => port);
  return { relay: 'edge', ports, watched, redisUrl: redis.url, redisVersion: version };
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
