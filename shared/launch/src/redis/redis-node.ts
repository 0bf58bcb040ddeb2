import { equal, ok } from 'node:assert/strict';
import { eventually } from '../processes/eventually';
import { askRedis } from './ask-redis';
import type { RunningRedis } from './redis-server';

/**
 * A replica is given its first data at once; a server that writes its first append-only file obeys SIGTERM, which it would
 * ignore, and so outlive this process.
 */
export const nodeArguments = ['--repl-diskless-sync-delay', '0', '--shutdown-on-sigterm', 'force'];

const replicatedPatience = { timeoutMs: 30_000 };

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

/**
 * Resolves when each replica of the master has all that was written until now: a master answers before they have it. Rejects
 * when it has none, and when another one has taken its place meanwhile.
 */
export async function untilReplicated(master: RunningRedis): Promise<void> {
  const { offset: written, historyId } = readReplication(await replicationOf(master));
  await eventually(async () => {
    const now = readReplication(await replicationOf(master));
    equal(now.historyId, historyId, `The server on port ${master.port} has begun another history: it was replaced.`);
    const arrived = now.replicas.map(({ state, offset }) => state === 'online' && offset >= written);
    ok(arrived.length > 0, `No replica follows the server on port ${master.port}.`);
    ok(arrived.every(Boolean), `Not every replica has what was written on port ${master.port}.`);
  }, replicatedPatience);
}

/** What a master answers to INFO. A replica that has not yet acknowledged anything has the offset 0. */
function readReplication(info: string) {
  ok(info.includes('role:master\r'), 'The server is no master.');
  const replicas = [...info.matchAll(/^slave\d+:.*,state=(\w+),offset=(\d+),/gm)];
  return {
    historyId: /^master_replid:(\w+)/m.exec(info)?.[1],
    offset: Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]),
    replicas: replicas.map(([, state, offset]) => ({ state, offset: Number(offset) })),
  };
}

function replicationOf(redis: RunningRedis): Promise<string> {
  return askRedis(redis.url, ['INFO', 'replication']);
}
