import { askRedis } from './ask-redis';
import type { RunningRedis } from './redis-server';

/**
 * A replica is given its first data at once; a server that writes its first append-only file obeys SIGTERM, which it would
 * ignore, and so outlive this process.
 */
export const nodeArguments = ['--repl-diskless-sync-delay', '0', '--shutdown-on-sigterm', 'force'];

/** One of several servers that may take one another's place. */
export type RedisNode = RunningRedis & {
  /** What it takes itself for; rejects when it does not answer. */
  role(): Promise<'master' | 'replica'>;
};

export function asNode(redis: RunningRedis): RedisNode {
  return Object.assign(redis, {
    role: async () =>
      (await replicationOf(redis)).includes('role:master') ? ('master' as const) : ('replica' as const),
  });
}

/** @param masterPort Of the master it must follow; any when absent. */
export async function isFollowing(replica: RunningRedis, masterPort?: number): Promise<boolean> {
  const replication = await replicationOf(replica);
  const right = masterPort === undefined || replication.includes(`master_port:${masterPort}\r`);
  return right && replication.includes('master_link_status:up');
}

function replicationOf(redis: RunningRedis): Promise<string> {
  return askRedis(redis.url, ['INFO', 'replication']);
}
