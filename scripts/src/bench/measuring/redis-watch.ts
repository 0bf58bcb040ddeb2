/** How long a Redis was busy with single commands between two moments. It changes the server's settings: only for one of our own. */
import { askRedis } from '@openrelay/launch';

/** A script counts as one command. NaN and undefined when the server tells no latencies (before Redis 7). */
export type RedisStalls = { slowCalls: number; longestMs: number; longestCommand: string | undefined };

const slowMicroseconds = 10_000;
const watchSettings = {
  'slowlog-log-slower-than': String(slowMicroseconds),
  'slowlog-max-len': '1000000',
  'latency-tracking-info-percentiles': '100',
};

/** From here on; call it once everything is set up. */
export async function beginRedisWatch(url: string): Promise<void> {
  for (const [name, value] of Object.entries(watchSettings)) await askRedis(url, ['CONFIG', 'SET', name, value]);
  await askRedis(url, ['SLOWLOG', 'RESET']);
  await askRedis(url, ['CONFIG', 'RESETSTAT']);
}

export async function endRedisWatch(url: string): Promise<RedisStalls> {
  const slowCalls = Number(await askRedis(url, ['SLOWLOG', 'LEN']));
  return { slowCalls, ...longestOf(await askRedis(url, ['INFO', 'latencystats'])) };
}

/** @param info lines as `latency_percentiles_usec_evalsha:p100=1003.519`. */
export function longestOf(info: string): Pick<RedisStalls, 'longestMs' | 'longestCommand'> {
  const lines = [...info.matchAll(/^latency_percentiles_usec_([^:]+):p100=([\d.]+)/gm)];
  const [longest] = lines
    .map(([, longestCommand, microseconds]) => ({ longestCommand, longestMs: Number(microseconds) / 1000 }))
    .sort((left, right) => right.longestMs - left.longestMs);
  return longest ?? { longestCommand: undefined, longestMs: Number.NaN };
}
