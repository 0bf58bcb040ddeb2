/** The relays that a scenario measures: a cluster of its own, or the in-memory relay, which takes itself for an edge. */
import { join } from 'node:path';
import { type EdgeOptions, startEdge, startRedis } from '@openrelay/launch';
import type { Target } from '../measuring/measure';
import { describeRedis } from './redis-server';

// The limiter's script still runs for every message; it only never refuses.
const edgeEnvironment = {
  RELAY_REQUESTS_PER_MINUTE: '1000000000',
  RELAY_POINTS_PER_MINUTE: '1000000000',
  RELAY_QUEUE_MAX_MESSAGES: '100000',
};

/** Stops it when the scenario is over, however that ends. */
export type Keep = <Resource extends { stop(): Promise<unknown> }>(resource: Resource) => Resource;

export type Cluster = Target & { redisUrl: string; redisVersion: string };

/** A fresh Redis with append-only on, unless the user names one, and some edges. */
export async function startCluster(keep: Keep, edges: number, redisUrl: string | undefined): Promise<Cluster> {
  const url = redisUrl ?? keep(await startRedis({ appendOnly: true })).url;
  const redis = await describeRedis(url);
  const ports: number[] = [];
  const watched = { edge: [] as number[], redis: [redis.pid] };
  for (let index = 0; index < edges; index += 1) {
    const { port, pid } = await keepEdge(keep, { redisUrl: url, env: edgeEnvironment });
    ports.push(port);
    watched.edge.push(pid);
  }
  return { relay: 'edge', ports, watched, redisUrl: url, redisVersion: redis.version };
}

export async function startMemoryRelay(keep: Keep): Promise<Target> {
  const { port, pid } = await keepEdge(keep, { redisUrl: 'none', entry: join(__dirname, 'in-memory-relay.js') });
  return { relay: 'memory', ports: [port], watched: { memory: [pid] } };
}

async function keepEdge(keep: Keep, options: EdgeOptions): Promise<{ port: number; pid: number }> {
  const edge = await startEdge(options);
  let stopping = false;
  void edge.exited.then(() => {
    if (!stopping) process.stderr.write(`[bench] a relay ended by itself; its last output:\n${edge.output()}\n`);
  });
  keep({
    stop: () => {
      stopping = true;
      // No device is connected any more and the data is thrown away: there is nothing to drain.
      return edge.stop('SIGKILL');
    },
  });
  return edge;
}
