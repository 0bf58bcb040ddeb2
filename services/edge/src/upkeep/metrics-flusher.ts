import type { MetricsFlush, MetricsWriter } from '@openrelay/state';
import { added, type Metrics } from '@openrelay/telemetry';

type Counts = ReadonlyMap<string, number>;

/** `upTo`: all that had been counted when it was made. */
type Sending = { flush: MetricsFlush; fields: Counts; upTo: Counts };

/**
 * Adds what this node has counted to the sums in Redis. A node that dies takes with it what it counted since the last
 * flush that Redis took: at most an interval, while Redis is there.
 */
export class MetricsFlusher {
  private confirmed: Counts = new Map();
  /** Redis may or may not have taken it: it is sent again as it was, and counts once. */
  private underWay: Sending | undefined;

  constructor(
    private readonly writer: MetricsWriter,
    private readonly metrics: Metrics,
  ) {}

  /** Safe to call again after any failure. @throws RedisUnavailable | ReplyError */
  async flush(): Promise<void> {
    this.underWay ??= this.next();
    const sending = this.underWay;
    await this.writer.add(sending.flush, sending.fields);
    if (this.underWay !== sending) return;
    this.confirmed = sending.upTo;
    this.underWay = undefined;
  }

  /** Sends what is still under way, and then the rest. */
  async close(): Promise<void> {
    if (this.underWay) await this.flush();
    await this.flush();
  }

  private next(): Sending {
    const upTo = this.metrics.snapshot();
    return { flush: this.writer.nextFlush(), fields: added(this.confirmed, upTo), upTo };
  }
}
