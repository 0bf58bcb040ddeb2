import type { RedisLink } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';

/** Logs that Redis goes and comes, from now on. */
export function watchRedis(link: RedisLink, log: Log): void {
  link.on('unavailable', (reason) => log.warn('redis.away', { reason }));
  link.on('available', (awayMs) => log.info('redis.back', { awayMs: Math.round(awayMs) }));
}
