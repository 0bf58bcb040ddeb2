const firstMs = 1000;
const longestMs = 15_000;

/** How long to wait before the next attempt, in ms: longer each time, never in step with other pages. */
export class Backoff {
  private attempts = 0;

  constructor(private readonly random: () => number) {}

  nextMs(): number {
    const ceilingMs = Math.min(longestMs, firstMs * 2 ** this.attempts);
    this.attempts = Math.min(this.attempts + 1, 10);
    return ceilingMs * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.attempts = 0;
  }
}
