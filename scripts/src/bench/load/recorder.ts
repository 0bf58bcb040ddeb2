/** What one worker measures: latencies of the messages due in the measured span, and counts of the whole run. */
import type { LedgerCounts } from './delivery-ledger';
import { Histogram } from './histogram';
import { addTotals, emptyTotals, type LoadTotals, type SpanCounts, type WorkerReport } from './report';

export class Recorder {
  private readonly delivery = new Histogram();
  private readonly ack = new Histogram();
  private readonly sendLag = new Histogram();
  private readonly span: SpanCounts = { sent: 0, acked: 0, received: 0 };
  private readonly totals: LoadTotals = emptyTotals();
  private fromMs = Number.POSITIVE_INFINITY;
  private toMs = Number.NEGATIVE_INFINITY;

  /** The measured span, in the clock of `performance.now()`. */
  measure(fromMs: number, toMs: number): void {
    this.fromMs = fromMs;
    this.toMs = toMs;
  }

  sent(dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(nowMs)) this.span.sent += 1;
    if (this.isMeasured(dueAtMs)) this.sendLag.addMs(nowMs - dueAtMs);
  }

  acked(dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(nowMs)) this.span.acked += 1;
    if (this.isMeasured(dueAtMs)) this.ack.addMs(nowMs - dueAtMs);
  }

  received(dueAtMs: number, nowMs: number): void {
    if (this.isMeasured(nowMs)) this.span.received += 1;
    if (this.isMeasured(dueAtMs)) this.delivery.addMs(nowMs - dueAtMs);
  }

  /** Counts that no flow keeps. */
  count(what: 'notSent' | 'corrupted' | 'misrouted' | 'unreadable'): void {
    this.totals[what] += 1;
  }

  error(code: number): void {
    this.totals.errors[code] = (this.totals.errors[code] ?? 0) + 1;
  }

  closed(reason: string): void {
    this.totals.closes[reason] = (this.totals.closes[reason] ?? 0) + 1;
  }

  report(flows: readonly LedgerCounts[], cpuSeconds: number): WorkerReport {
    return {
      totals: flows.map((counts) => ({ ...emptyTotals(), ...counts })).reduce(addTotals, this.totals),
      span: this.span,
      delivery: this.delivery.toData(),
      ack: this.ack.toData(),
      sendLag: this.sendLag.toData(),
      cpuSeconds,
    };
  }

  private isMeasured(timeMs: number): boolean {
    return timeMs >= this.fromMs && timeMs < this.toMs;
  }
}
