import { afterEach, beforeEach } from '@jest/globals';
import { askRedis, type RunningEdge, type RunningRedis, startEdge, startRedis } from '@openrelay/launch';
import { relaySettings, settle } from './fault-cluster';

export type LoneEdge = {
  readonly redis: RunningRedis;
  readonly edge: RunningEdge;
  ask(...command: string[]): Promise<string>;
};

export const loneEdgeSettings = { ...relaySettings, RELAY_SHARDS: '16' };

/** One edge on a Redis of its own for each test of a file; its books must balance at the end. */
export function useLoneEdge(): LoneEdge {
  let redis: RunningRedis;
  let edge: RunningEdge;

  beforeEach(async () => {
    redis = await startRedis();
    edge = await startEdge({ redisUrl: redis.url, env: loneEdgeSettings });
  });

  afterEach(async () => {
    try {
      await settle([edge], redis.url);
    } finally {
      await redis.stop();
    }
  });

  return {
    get redis() {
      return redis;
    },
    get edge() {
      return edge;
    },
    ask: (...command) => askRedis(redis.url, command),
  };
}
