/** After a pause so many seconds' worth are taken at once. */
const burstSeconds = 4;

/** So many a second. */
export class TokenBucket {
  private tokens: number;
  private filledAtMs: number;

  /** @param perSecond 0: no limit */
  constructor(
    private readonly perSecond: number,
    private readonly monotonicMs: () => number,
  ) {
    this.tokens = burstSeconds * perSecond;
    this.filledAtMs = monotonicMs();
  }

  take(): 'taken' | 'too many' {
    if (this.perSecond === 0) return 'taken';
    const nowMs = this.monotonicMs();
    const gained = ((nowMs - this.filledAtMs) / 1000) * this.perSecond;
    this.tokens = Math.min(burstSeconds * this.perSecond, this.tokens + gained);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return 'too many';
    this.tokens -= 1;
    return 'taken';
  }
}
