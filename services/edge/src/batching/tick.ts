/**
 * The end of an event-loop turn: after all sockets that had something to say were read, before the process sleeps.
 * What was collected during the turn leaves together: first the batches to Redis, which works on them while the frames
 * for devices are written.
 */
export class Tick {
  private readonly asks: (() => void)[] = [];
  private readonly writes: (() => void)[] = [];
  private scheduled = false;

  /** @param together runs all asks, so that what they write to Redis can leave in one piece */
  constructor(private readonly together: (asks: () => void) => void) {}

  /** Adds a step that sends what was collected for Redis. */
  eachAsk(step: () => void): void {
    this.asks.push(step);
  }

  /** Adds such a step ahead of those that there are. */
  eachAskFirst(step: () => void): void {
    this.asks.unshift(step);
  }

  /** Adds a step that writes what was collected for devices. */
  eachWrite(step: () => void): void {
    this.writes.push(step);
  }

  /** Has the steps run at the end of this turn. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.end());
  }

  private end(): void {
    this.scheduled = false;
    this.together(() => {
      for (const ask of this.asks) ask();
    });
    for (const write of this.writes) write();
  }
}
