import type { RedisLink } from './redis-link';

/** What one master says of itself. */
export type RedisHealth = {
  version: string;
  /** What counts towards the limit: without the buffers of replicas. */
  usedBytes: number;
  /** `maxmemory`; 0: none. */
  limitBytes: number;
  /** What happens at the limit; the relay needs `noeviction`. */
  policy: string;
  appendOnly: 'yes' | 'no';
};

/** Asks the Redis, or every master of a Redis Cluster. @throws RedisAway */
export async function redisHealth(link: RedisLink): Promise<RedisHealth[]> {
  const texts = await link.ofEachMaster((redis) => redis.info('server', 'memory', 'persistence'));
  return texts.map(readInfo);
}

function readInfo(text: string): RedisHealth {
  const lines = new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
  const number = (name: string) => Number(lines.get(name) ?? 0);
  return {
    version: lines.get('redis_version') ?? '',
    usedBytes: number('used_memory') - number('mem_not_counted_for_evict'),
    limitBytes: number('maxmemory'),
    policy: lines.get('maxmemory_policy') ?? '',
    appendOnly: number('aof_enabled') === 1 ? 'yes' : 'no',
  };
}
