const longestDelayMs = 5 * 60_000;
const forgottenMs = 2 * longestDelayMs;

export type RepeatsOptions = {
  readonly again: () => void;
  /** Before the first repeat; twice as long before each further one, up to five minutes. */
  readonly firstDelayMs: number;
  /** ms */
  readonly now: () => number;
};

/**
 * What did not come off is done again, ever more rarely until nothing has failed for a while. What comes off in between changes
 * nothing: one peer's message must not cut all others off time and again.
 */
export class Repeats {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private failedAt = 0;

  constructor(private readonly options: RepeatsOptions) {}

  failed(): void {
    if (this.timer !== undefined) return;
    const { again, firstDelayMs, now: clock } = this.options;
    const now = clock();
    if (Math.abs(now - this.failedAt) > forgottenMs) this.failures = 0;
    this.failedAt = now;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      again();
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
