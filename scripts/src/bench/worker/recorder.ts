import type { LatencyKind } from '../load/plan';
import { emptyTotals } from '../tally/totals';

/** What one worker measures: latencies of the messages due in the measured span, and counts of the whole run. */
export class Recorder {
  readonly totals = emptyTotals();
  readonly latencies: Record<LatencyKind, number[]> = { sendLag: [], ack: [], delivery: [] };
  /** In the measured span. */
  received = 0;
  /** The measured span, in the clock of `performance.now()`. */
  readonly span = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

  latency(of: LatencyKind, dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(dueAtMs)) this.latencies[of].push(nowMs - dueAtMs);
  }

  delivered(dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(nowMs)) this.received += 1;
    this.latency('delivery', dueAtMs, nowMs);
  }

  private isMeasured(timeMs: number): boolean {
    return timeMs >= this.span.fromMs && timeMs < this.span.toMs;
  }
}
