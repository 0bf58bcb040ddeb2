import type { DeviceKey } from '@openrelay/protocol';
import type { MessageQueue } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';

/**
 * Between two sweeps of one queue; longer when the sweep took long, so that no queue costs Redis more than a hundredth of its time.
 * Until then what has expired since takes up its place, and the queue may be refused as full.
 */
const pause = { leastMs: 1000, mostMs: 10_000, timesAsLong: 100 };

export type SweepParts = { queue: Pick<MessageQueue, 'expire'>; metrics: Metrics; monotonicMs: () => number };

/**
 * Sweeps queues of which something has expired. To look at a large one costs Redis more than a thousand messages do, so all who
 * ask while one is under way share it, however many strangers send to a full queue.
 */
export class Sweeps {
  /** Under way, or done within the pause. */
  private readonly recent = new Map<DeviceKey, Promise<number>>();

  constructor(private readonly parts: SweepParts) {}

  /** Answers how many messages were taken out for this caller; for those who share a sweep that is 0. @throws RedisUnavailable | ReplyError */
  async sweep(shard: number, device: DeviceKey): Promise<number> {
    const recent = this.recent.get(device);
    if (recent) return recent.then(() => 0);
    const { queue, metrics, monotonicMs } = this.parts;
    const startedMs = monotonicMs();
    const sweep = queue.expire(shard, [device]);
    this.recent.set(device, sweep);
    try {
      const expired = await sweep;
      metrics.add('messages_expired', expired);
      const wantedMs = pause.timesAsLong * (monotonicMs() - startedMs);
      const pauseMs = Math.min(pause.mostMs, Math.max(pause.leastMs, wantedMs));
      setTimeout(() => this.recent.delete(device), pauseMs).unref();
      return expired;
    } catch (error) {
      this.recent.delete(device);
      throw error;
    }
  }
}
