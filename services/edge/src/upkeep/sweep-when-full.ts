import { QueueSweeper, type RedisLink } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';

/** Between the sweeps of one edge, however much is refused: a full Redis has other work. */
const pauseMs = 1000;
/** Queues of each shard of the refusing lane in one sweep; `queue_expire` bounds how much of them it looks at. */
const mostQueues = 64;

/** Takes what has expired out of a Redis that has no memory left: without a janitor nobody else does. */
export function sweepWhenFull(link: RedisLink, shards: number, metrics: Metrics, monotonicMs: () => number): void {
  const sweeper = new QueueSweeper(link);
  let notBeforeMs = 0;
  link.on('full', (lane) => {
    if (monotonicMs() < notBeforeMs) return;
    notBeforeMs = monotonicMs() + pauseMs;
    for (let shard = 0; shard < shards; shard += 1) if (link.laneOf(shard) === lane) void sweep(shard); // never rejects
  });

  async function sweep(shard: number): Promise<void> {
    try {
      const { expired } = await sweeper.sweep(shard, mostQueues);
      metrics.add('messages_expired', expired);
    } catch {
      // Redis is away, which the link tells, or the next refusal asks again.
    }
  }
}
