const lookEveryMs = 20;
const shortestMs = 100;
/** Far more than anything is under way for. */
const mostSpans = 1000;

/**
 * When this process did not look: while its event loop is held up, frames wait in its sockets, and are booked later than they
 * came. That is not the relay's delay.
 */
export class Absences {
  private readonly spans: { fromMs: number; toMs: number }[] = [];
  private readonly timer: NodeJS.Timeout;
  private lastMs: number;

  /** @param nowMs the clock of the books, which only goes forward */
  constructor(private readonly nowMs: () => number) {
    this.lastMs = nowMs();
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  /** By its timer, or by whoever has a clock of his own. */
  look(): void {
    const nowMs = this.nowMs();
    if (nowMs - this.lastMs > shortestMs) this.spans.push({ fromMs: this.lastMs, toMs: nowMs });
    if (this.spans.length > mostSpans) this.spans.shift();
    this.lastMs = nowMs;
  }

  /** How much of that time nobody looked, in ms. */
  within(fromMs: number, toMs: number): number {
    const overlaps = this.spans.map((span) => Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs));
    return overlaps.reduce((sum, overlap) => sum + Math.max(0, overlap), 0);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
