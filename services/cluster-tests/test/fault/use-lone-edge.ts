import { afterEach, beforeEach } from '@jest/globals';
import {
  askRedis,
  type Cluster,
  type RunningEdge,
  type RunningRedis,
  startClusterOn,
  startRedis,
} from '@openrelay/launch';
import { endBalanced, relaySettings } from './fault-cluster';

export type LoneEdge = {
  readonly redis: RunningRedis;
  readonly edge: RunningEdge;
  ask(...command: string[]): Promise<string>;
};

export const loneEdgeSettings = { ...relaySettings, RELAY_SHARDS: '16' };

/** One edge for each test of a file, on a Redis that forgets all when it ends; the edge's books must balance at the end. */
export function useLoneEdge(env: Readonly<Record<string, string>> = {}): LoneEdge {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = await startClusterOn(await startRedis(), { edges: 1, env: { ...loneEdgeSettings, ...env } });
  });

  afterEach(() => endBalanced(cluster));

  return {
    get redis() {
      return cluster.redis;
    },
    get edge() {
      return cluster.edge(0);
    },
    ask: (...command) => askRedis(cluster.redis.url, command),
  };
}
