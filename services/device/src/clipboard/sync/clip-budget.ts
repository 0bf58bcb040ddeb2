/** How many clips may go out at once, and how fast after that: the relay takes 60 requests a minute, and others send, too. */
const most = 20;
const againMs = 2_000;

/** A bucket of tokens, one for each clip to each peer. */
export class ClipBudget {
  private tokens = most;
  private at: number;

  /** @param now Unix ms */
  constructor(private readonly now: () => number) {
    this.at = now();
  }

  /** Ms until the next clip may go; 0 when it may. */
  waitMs(): number {
    this.fill();
    return this.tokens >= 1 ? 0 : Math.ceil((1 - this.tokens) * againMs);
  }

  spend(): void {
    this.fill();
    this.tokens -= 1;
  }

  /** A clock that was set back gives nothing, and takes nothing. */
  private fill(): void {
    const now = this.now();
    this.tokens = Math.min(most, this.tokens + Math.max(0, now - this.at) / againMs);
    this.at = now;
  }
}
