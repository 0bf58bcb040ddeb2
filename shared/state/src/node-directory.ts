import { nodeKey, nodesKey } from './keys';
import type { RedisLink } from './redis-link';

/** What a node tells of itself with each heartbeat. */
export type NodeReport = { startedAtMs: number; connections: number; draining: 'yes' | 'no' };

const heartbeatLifetimeMs = 15_000;
const forgottenAfterMs = 3600 * 1000;

/** The live nodes, for operators; nothing is routed by it. */
export class NodeDirectory {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** Says that this node lives; holds for 15 s. @throws RedisAway */
  async beat(report: NodeReport): Promise<void> {
    const now = this.link.clock.now();
    await this.link.command((redis) =>
      Promise.all([
        redis.hset(nodeKey(this.node), report),
        redis.pexpire(nodeKey(this.node), heartbeatLifetimeMs),
        redis.zadd(nodesKey, now, this.node),
        redis.zremrangebyscore(nodesKey, '-inf', now - forgottenAfterMs),
        redis.pexpire(nodesKey, forgottenAfterMs),
      ]),
    );
  }

  /** Says that this node is leaving. @throws RedisAway */
  async leave(): Promise<void> {
    await this.link.command((redis) => Promise.all([redis.del(nodeKey(this.node)), redis.zrem(nodesKey, this.node)]));
  }
}
