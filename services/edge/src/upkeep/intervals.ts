/** What is due comes at the same instants, so that an idle process sleeps in between, and Redis is woken once. */
const turnMs = 250;

type Work = { turns: number; run: () => void };

/** Work that comes round at an interval. A run that takes longer than the interval is not overtaken by the next. */
export class Intervals {
  private readonly works: Work[] = [];
  private timer: NodeJS.Timeout | undefined;
  private turns = 0;

  /** @param together runs what is due at an instant, so that what it writes to Redis can leave in one piece */
  constructor(
    private readonly together: (work: () => void) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param intervalMs a whole number of quarter seconds */
  every(intervalMs: number, work: () => void | Promise<void>): void {
    let running = false;
    const run = async () => {
      if (running) return;
      running = true;
      try {
        await work();
      } catch (error) {
        this.onError(error);
      } finally {
        running = false;
      }
    };
    this.works.push({ turns: Math.ceil(intervalMs / turnMs), run: () => void run() }); // run never rejects
    this.timer ??= setInterval(() => this.turn(), turnMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    this.turns += 1;
    this.together(() => {
      for (const { turns, run } of this.works) if (this.turns % turns === 0) run();
    });
  }
}
