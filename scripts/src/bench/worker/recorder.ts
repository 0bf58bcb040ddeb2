import { Histogram } from '../tally/histogram';
import { emptyTotals } from '../tally/totals';

/** What one worker measures: latencies of the messages due in the measured span, and counts of the whole run. */
export class Recorder {
  readonly totals = emptyTotals();
  readonly latencies = { sendLag: new Histogram(), ack: new Histogram(), delivery: new Histogram() };
  /** In the measured span. */
  received = 0;
  private fromMs = Number.POSITIVE_INFINITY;
  private toMs = Number.NEGATIVE_INFINITY;

  /** The measured span, in the clock of `performance.now()`. */
  measure(fromMs: number, toMs: number): void {
    this.fromMs = fromMs;
    this.toMs = toMs;
  }

  latency(of: keyof Recorder['latencies'], dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(dueAtMs)) this.latencies[of].addMs(nowMs - dueAtMs);
  }

  delivered(dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(nowMs)) this.received += 1;
    this.latency('delivery', dueAtMs, nowMs);
  }

  private isMeasured(timeMs: number): boolean {
    return timeMs >= this.fromMs && timeMs < this.toMs;
  }
}
