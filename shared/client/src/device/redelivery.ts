const firstDelayMs = 2_000;
const longestDelayMs = 5 * 60_000;
const forgottenMs = 2 * longestDelayMs;

/**
 * A relay delivers what was not acked when the device registers again: after a handler failed, it does so, ever more rarely until
 * none has failed for a while. What is handled in between changes nothing: one peer's message must not cut all others off time and
 * again.
 */
export class Redelivery {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private failedAt = 0;

  /** @param now ms */
  constructor(
    private readonly registerAgain: () => void,
    private readonly now: () => number,
  ) {}

  failed(): void {
    if (this.timer !== undefined) return;
    const now = this.now();
    if (Math.abs(now - this.failedAt) > forgottenMs) this.failures = 0;
    this.failedAt = now;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.registerAgain();
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
