import type { BandwidthLedger } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';

export type BandwidthLimits = { monthlyLimitBytes: number; warningThresholdBytes: number };

type Flush = { month: string; name: string; bytes: number };

const bytesPerTerabyte = 1e12;

function terabytes(bytes: number): string {
  return (bytes / bytesPerTerabyte).toFixed(2);
}

/** Counts every payload byte of this node, and knows the month's total of all nodes to within a second. */
export class BandwidthMeter {
  private unflushed = 0;
  private monthBytes = 0;
  /** A flush that Redis may or may not have taken: it is sent again under the same name, and counts once. */
  private underWay: Flush | undefined;

  constructor(
    private readonly ledger: BandwidthLedger,
    private readonly limits: BandwidthLimits,
    private readonly metrics: Metrics,
  ) {}

  count(direction: 'in' | 'out', bytes: number): void {
    this.unflushed += bytes;
    this.metrics.add('payload_bytes', bytes, direction);
  }

  /** Bytes of the month as far as this node knows: the last total, and its own since. */
  get usedBytes(): number {
    return this.monthBytes + this.unflushed;
  }

  /** Whether Redis knows all that was counted. */
  get isFlushed(): boolean {
    return this.unflushed === 0 && this.underWay === undefined;
  }

  get isUsedUp(): boolean {
    return this.usedBytes >= this.limits.warningThresholdBytes;
  }

  /** Decimal terabytes, two places: `0.01 TB / 10.00 TB (0.10%)`. */
  describe(): string {
    const { monthlyLimitBytes } = this.limits;
    const percent = ((100 * this.usedBytes) / monthlyLimitBytes).toFixed(2);
    return `${terabytes(this.usedBytes)} TB / ${terabytes(monthlyLimitBytes)} TB (${percent}%)`;
  }

  /** Adds what was counted to the month's total, and learns the total. Safe to call again after any failure. */
  async flush(): Promise<void> {
    this.underWay ??= { month: this.ledger.currentMonth(), name: this.ledger.nextFlush(), bytes: this.unflushed };
    const flush = this.underWay;
    const monthBytes = await this.ledger.add(flush.month, flush.name, flush.bytes);
    if (this.underWay !== flush) return;
    this.monthBytes = monthBytes;
    this.unflushed -= flush.bytes;
    this.underWay = undefined;
  }

  /** Adds what is still under way, and then the rest. */
  async close(): Promise<void> {
    if (this.underWay) await this.flush();
    await this.flush();
  }
}
