import { QueueSweeper, type RedisLink } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';

/** Of one edge: however much is refused, a full Redis has work of its own. */
const pauseMs = 1000;
/** Of the shard that was refused; `queue_expire` bounds what is looked at in them. */
const mostQueues = 64;

/**
 * Makes room in a Redis that has no memory left, out of what has expired: without a janitor nobody else would.
 * @param monotonicMs a clock that only goes forward, in ms
 */
export function sweepWhenFull(link: RedisLink, metrics: Metrics, monotonicMs: () => number): void {
  const sweeper = new QueueSweeper(link);
  let notBeforeMs = 0;
  link.on('full', (shard) => {
    if (monotonicMs() < notBeforeMs) return;
    notBeforeMs = monotonicMs() + pauseMs;
    void sweeper.sweep(shard, mostQueues).then(
      ({ expired }) => metrics.add('messages_expired', expired),
      () => undefined, // Redis is away, which the link tells, or the next refusal asks again
    );
  });
}
