import { QueueSweeper, type RedisLink } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';

/** Between the sweeps of one edge, however much is refused: a full Redis has other work. */
const pauseMs = 1000;
/** Queues of the refusing shard in one sweep; `queue_expire` bounds how much of them it looks at. */
const mostQueues = 64;

/** Takes what has expired out of a Redis that has no memory left: without a janitor nobody else does. */
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
