const secondMs = 1000;

type Waiting = { budget: string; read: () => void };

/** So many requests of one budget are read in a second. Further ones wait for the next second, in the order in which they came. */
export class RequestPace {
  private readonly begun = new Map<string, number>();
  /** By whom they are of: each has at most one. */
  private waiting = new Map<object, Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly mostASecond: number) {}

  /** Calls `read` now, or in one of the next seconds. Returns which. */
  pass(whose: object, budget: string, read: () => void): 'now' | 'later' {
    this.timer ??= setInterval(() => this.beginSecond(), secondMs).unref();
    const begun = this.begun.get(budget) ?? 0;
    if (begun >= this.mostASecond) {
      this.waiting.set(whose, { budget, read });
      return 'later';
    }
    this.begun.set(budget, begun + 1);
    read();
    return 'now';
  }

  /** Does not read what waits. */
  forget(whose: object): void {
    this.waiting.delete(whose);
  }

  private beginSecond(): void {
    if (this.begun.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    this.begun.clear();
    const { waiting } = this;
    this.waiting = new Map();
    for (const [whose, { budget, read }] of waiting) this.pass(whose, budget, read);
  }
}
