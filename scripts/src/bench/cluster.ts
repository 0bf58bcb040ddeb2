/** A cluster of its own for one scenario: a fresh Redis with append-only on, unless the user names one, and some edges. */
import { type RunningEdge, startEdge, startRedis } from '@openrelay/launch';
import { describeRedis } from './redis';
import type { Resources } from './resources';

// The limiter's script still runs for every message; it only never refuses.
const edgeEnvironment = {
  RELAY_REQUESTS_PER_MINUTE: '1000000000',
  RELAY_POINTS_PER_MINUTE: '1000000000',
  RELAY_QUEUE_MAX_MESSAGES: '100000',
};

/** `redisPid` is undefined when the Redis that was given does not run on this machine. */
export type Cluster = {
  ports: number[];
  edgePids: number[];
  redisUrl: string;
  redisPid: number | undefined;
  redisVersion: string;
};

/** @param redisUrl undefined: a Redis of its own. */
export async function startCluster(
  resources: Resources,
  edges: number,
  redisUrl: string | undefined,
): Promise<Cluster> {
  const url = redisUrl ?? resources.keep(await startRedis({ appendOnly: true })).url;
  const redis = await describeRedis(url);
  const cluster: Cluster = { ports: [], edgePids: [], redisUrl: url, redisPid: redis.pid, redisVersion: redis.version };
  for (let index = 0; index < edges; index += 1) {
    const edge = await startEdge({ redisUrl: url, env: edgeEnvironment });
    resources.keep(stoppable(edge));
    cluster.ports.push(edge.port);
    cluster.edgePids.push(edge.pid);
  }
  return cluster;
}

function stoppable(edge: RunningEdge): { stop(): Promise<unknown> } {
  let stopping = false;
  void edge.exited.then(() => {
    if (!stopping) process.stderr.write(`[bench] an edge ended by itself; its last output:\n${edge.output()}\n`);
  });
  return {
    stop: () => {
      stopping = true;
      // No device is connected any more and the data is thrown away: there is nothing to drain.
      return edge.stop('SIGKILL');
    },
  };
}
