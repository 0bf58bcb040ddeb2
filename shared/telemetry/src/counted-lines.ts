import type { LineSink } from './line-sink';

const retellMs = 1000;

/** Writes lines, counts those that are lost, and has it told when lines can be written again. */
export class CountedLines {
  private readonly listeners: ((lines: number) => void)[] = [];
  private lost = 0;
  private untold = 0;
  /** What the line that is just being written tells of. */
  private telling = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param tell writes one line, through `write`, that says how many were lost */
  constructor(
    private readonly sink: LineSink,
    private readonly tell: (lines: number) => void,
  ) {}

  write(line: string): void {
    const { telling } = this;
    this.sink.write(line, () => {
      if (telling === 0) this.count(1);
      this.untold += Math.max(1, telling); // what the line tells of is told again
      this.tellSoon();
    });
  }

  /** The listener is told at once what was lost before. */
  onLost(listener: (lines: number) => void): void {
    if (this.lost > 0) listener(this.lost);
    this.listeners.push(listener);
  }

  private count(lines: number): void {
    this.lost += lines;
    for (const listener of this.listeners) listener(lines);
  }

  private tellSoon(): void {
    this.timer ??= setTimeout(() => this.tellNow(), retellMs).unref();
  }

  private tellNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.untold === 0) return;
    this.telling = this.untold;
    this.untold = 0;
    this.tell(this.telling);
    this.telling = 0;
  }

  /** Resolves when all that was taken is written or lost, or the time is over. */
  async flush(boundMs: number): Promise<void> {
    this.tellNow();
    clearTimeout(this.timer);
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, boundMs);
    });
    await Promise.race([this.sink.flushed?.(), over]);
    clearTimeout(timer);
  }
}
