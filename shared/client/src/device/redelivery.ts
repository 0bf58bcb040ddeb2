const firstDelayMs = 2_000;
const longestDelayMs = 5 * 60_000;

/** A relay delivers what was not acked when the device registers again: after a handler failed, it does so, ever more rarely. */
export class Redelivery {
  private readonly registerAgain: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(registerAgain: () => void) {
    this.registerAgain = registerAgain;
  }

  failed(): void {
    if (this.timer !== undefined) return;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.registerAgain();
    }, delayMs);
  }

  handled(): void {
    this.failures = 0;
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
