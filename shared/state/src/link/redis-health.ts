import { isNotPermitted, RedisUnavailable, reasonOf } from './redis-errors';
import type { RedisLink } from './redis-link';

/** What one server says of itself. */
export type RedisHealth = {
  version: string;
  /** What counts towards the limit: the buffers of replicas do not. */
  usedBytes: number;
  /** `maxmemory`; 0: none. */
  limitBytes: number;
  /** What happens at the limit; the relay needs `noeviction`. */
  policy: string;
  appendOnly: 'yes' | 'no';
  /** `failing`: the last write to disk failed, and until one succeeds Redis takes no writes (MISCONF). */
  disk: 'well' | 'failing';
  role: 'master' | 'replica';
  /** Replicas that follow it and have its data. */
  replicas: number;
};

/** How full one server is. */
export type RedisMemory = Pick<RedisHealth, 'usedBytes' | 'limitBytes'>;

/** For an operator whose REDIS_URL names a server that takes no writes. */
export const replicaNamed = "REDIS_URL names a replica, which takes no writes: name the master, or Sentinel's address.";

/** Asks Redis, or every master of a Redis Cluster. Undefined when the user lacks the permission. @throws RedisUnavailable */
export async function redisHealth(link: RedisLink): Promise<RedisHealth[] | undefined> {
  try {
    const texts = await link.ofEachMaster((redis) => redis.info('server', 'memory', 'persistence', 'replication'));
    return texts.map(readInfo);
  } catch (error) {
    if (error instanceof Error && isNotPermitted(error)) return undefined;
    throw error;
  }
}

/**
 * Asks Redis, or those masters of a Cluster that answer: one that is away does not hide that another is full. Costs Redis 3 µs.
 * Undefined when the user lacks the permission. @throws RedisUnavailable when none answers
 */
export async function redisMemory(link: RedisLink): Promise<RedisMemory[] | undefined> {
  const answers = await link.ofEachMaster((redis) => redis.info('memory').catch((error: Error) => error));
  const memory = answers.flatMap((answer) => (answer instanceof Error ? [] : memoryOf(infoLines(answer))));
  if (memory.length > 0) return memory;
  const [error] = answers as Error[];
  if (error !== undefined && isNotPermitted(error)) return undefined;
  throw new RedisUnavailable(error === undefined ? 'no master is known' : reasonOf(error));
}

/** The lines of INFO by their names. */
export function infoLines(info: string): Map<string, string> {
  return new Map(info.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
}

function memoryOf(lines: Map<string, string>): RedisMemory {
  const number = (name: string) => Number(lines.get(name) ?? 0);
  return {
    usedBytes: number('used_memory') - number('mem_not_counted_for_evict'),
    limitBytes: number('maxmemory'),
  };
}

function readInfo(text: string): RedisHealth {
  const lines = infoLines(text);
  const number = (name: string) => Number(lines.get(name) ?? 0);
  return {
    version: lines.get('redis_version') ?? '',
    ...memoryOf(lines),
    policy: lines.get('maxmemory_policy') ?? '',
    appendOnly: number('aof_enabled') === 1 ? 'yes' : 'no',
    disk: diskStatuses.some((name) => lines.get(name) === 'err') ? 'failing' : 'well',
    role: lines.get('role') === 'slave' ? 'replica' : 'master',
    replicas: text.match(/^slave\d+:.*\bstate=online\b/gm)?.length ?? 0,
  };
}

const diskStatuses = ['aof_last_write_status', 'rdb_last_bgsave_status'];

/** A script that could write and does not: Redis refuses it when its memory is full, its disk fails, or it is a replica. */
const harmlessWrite = '#!lua\nreturn 1';

/** Asks Redis, or every master of a Cluster, whether it takes writes. @throws RedisUnavailable | ReplyError, the refusal */
export async function probeWrites(link: RedisLink): Promise<void> {
  await link.ofEachMaster((redis) => redis.eval(harmlessWrite, 0));
}
