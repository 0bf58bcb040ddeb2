/** What a Redis server says of itself, and how long single commands kept it busy between two moments. */
import { askRedis } from '@openrelay/launch';
import { readOrNothing } from './process-usage';

const localHosts: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const noPid = -1;

/** `pid` is that of no process for a server on another machine or in another process namespace. */
export async function describeRedis(url: string) {
  const info = await askRedis(url, ['INFO', 'server']).catch((error: Error) => {
    // The URL's host alone: the rest may hold a password.
    throw new Error(`Redis at ${new URL(url).host} does not answer: ${error.message}`);
  });
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? noPid);
  const isLocal = localHosts.includes(new URL(url).hostname) && readOrNothing(`/proc/${pid}/comm`).startsWith('redis');
  return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown', pid: isLocal ? pid : noPid };
}

/** A number that `INFO section` tells; NaN when it does not. */
export async function redisNumber(url: string, section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await askRedis(url, ['INFO', section]))?.[1]);
}

/** A script counts as one command. NaN and undefined when the server tells no latencies (before Redis 7). */
export type RedisStalls = { slowCalls: number; longestMs: number; longestCommand: string | undefined };

const watchSettings = {
  // In microseconds.
  'slowlog-log-slower-than': '10000',
  'slowlog-max-len': '1000000',
  'latency-tracking-info-percentiles': '100',
};

/**
 * Resolves to what asks for the stalls since then; call it once everything is set up. As it changes the server's settings, a
 * Redis that was `given` is not asked, and its stalls are unknown.
 */
export async function watchRedis(url: string, given: string | undefined): Promise<() => Promise<RedisStalls>> {
  if (given !== undefined) return async () => ({ slowCalls: Number.NaN, ...longestOf('') });
  for (const [name, value] of Object.entries(watchSettings)) await askRedis(url, ['CONFIG', 'SET', name, value]);
  await askRedis(url, ['SLOWLOG', 'RESET']);
  await askRedis(url, ['CONFIG', 'RESETSTAT']);
  return async () => {
    const slowCalls = Number(await askRedis(url, ['SLOWLOG', 'LEN']));
    return { slowCalls, ...longestOf(await askRedis(url, ['INFO', 'latencystats'])) };
  };
}

/** @param info lines as `latency_percentiles_usec_evalsha:p100=1003.519`. */
export function longestOf(info: string): Pick<RedisStalls, 'longestMs' | 'longestCommand'> {
  const lines = [...info.matchAll(/^latency_percentiles_usec_([^:]+):p100=([\d.]+)/gm)];
  const [longest] = lines
    .map(([, longestCommand, microseconds]) => ({ longestCommand, longestMs: Number(microseconds) / 1000 }))
    .sort((left, right) => right.longestMs - left.longestMs);
  return longest ?? { longestCommand: undefined, longestMs: Number.NaN };
}
