/** A queue of one: while a value is worked on the newest of those that came meanwhile waits, and the others are gone. */
export class NewestOnly<Value> {
  private waiting: { readonly value: Value } | undefined;
  private running: Promise<void> | undefined;
  private current: AbortController | undefined;
  private life: 'open' | 'stopped' = 'open';

  /** @param work must not reject; the signal is aborted when something newer waits, or nothing more is to be done */
  constructor(private readonly work: (value: Value, outdated: AbortSignal) => Promise<void>) {}

  put(value: Value): void {
    if (this.life === 'stopped') return;
    this.waiting = { value };
    this.current?.abort();
    this.running ??= this.run();
  }

  /** What is worked on comes to its end; what waits does not begin. */
  async stop(): Promise<void> {
    this.life = 'stopped';
    this.waiting = undefined;
    this.current?.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting !== undefined) {
      const { value } = this.waiting;
      this.waiting = undefined;
      this.current = new AbortController();
      await this.work(value, this.current.signal);
    }
    this.current = undefined;
    this.running = undefined;
  }
}
