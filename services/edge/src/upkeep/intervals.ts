/** Work that comes round at an interval. A run that takes longer than the interval is not overtaken by the next. */
export class Intervals {
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly onError: (error: unknown) => void) {}

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
    this.timers.push(setInterval(() => void run(), intervalMs)); // run never rejects
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }
}
