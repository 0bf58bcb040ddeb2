import type { LineSink } from './line-sink';

const reportIntervalMs = 1000;

/** Writes lines, counts those that are lost, and has their number reported once lines can be written again. */
export class CountedLines {
  private readonly listeners: ((lines: number) => void)[] = [];
  private lost = 0;
  private unreported = 0;
  /** The number in the report that is being written now; 0: an ordinary line is. */
  private reporting = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param report writes one line, through `write`, that says how many were lost */
  constructor(
    private readonly sink: LineSink,
    private readonly report: (lines: number) => void,
  ) {}

  write(line: string): void {
    const { reporting } = this;
    this.sink.write(line, () => {
      if (reporting === 0) this.count(1);
      this.unreported += Math.max(1, reporting); // a lost report is no lost line, but its number is to be reported again
      this.reportSoon();
    });
  }

  /** The listener is called at once with the number of lines that were lost before. */
  onLost(listener: (lines: number) => void): void {
    if (this.lost > 0) listener(this.lost);
    this.listeners.push(listener);
  }

  private count(lines: number): void {
    this.lost += lines;
    for (const listener of this.listeners) listener(lines);
  }

  private reportSoon(): void {
    this.timer ??= setTimeout(() => this.reportNow(), reportIntervalMs).unref();
  }

  private reportNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.unreported === 0) return;
    this.reporting = this.unreported;
    this.unreported = 0;
    this.report(this.reporting);
    this.reporting = 0;
  }

  /** Resolves when every line is written or lost, or the time is over. */
  async flush(boundMs: number): Promise<void> {
    this.reportNow();
    clearTimeout(this.timer);
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, boundMs);
    });
    await Promise.race([this.sink.flushed?.(), over]);
    clearTimeout(timer);
  }
}
