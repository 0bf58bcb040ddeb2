import type { RedisLink } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';

/** From now on, logs when Redis goes away and when it is back. */
export function watchRedis(link: RedisLink, log: Log): void {
  link.on('unavailable', (reason) => log.warn('redis.away', { reason }));
  link.on('available', (awayMs) => log.info('redis.back', { awayMs: Math.round(awayMs) }));
}
