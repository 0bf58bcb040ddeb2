/** Time in which at least one reply is read at once; an observation of Redis's clock is used for one to two of these. */
const spanMs = 10_000;
/** How far the clocks of a Cluster's masters may be apart: a clock that goes back by more was set back. */
const skewMs = 500;

/** @param time as TIME answers it */
export function unixMs([seconds, micros]: (string | number)[]): number {
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

/**
 * Redis's clock, the one clock of the cluster, as this process knows it: its own monotonic clock, and how far Redis's is ahead
 * of it. The later a reply is read, the less ahead Redis seems; so the largest recent difference is the best.
 */
export class RedisClock {
  private spanAtMs = 0;
  private aheadMs = 0;
  /** The same, in the span before. */
  private aheadBeforeMs = 0;
  private observedAtMs = Number.NEGATIVE_INFINITY;

  constructor(readonly monotonicMs: () => number) {}

  /** Forgets what was known: another server may answer from here on, whose clock is behind. */
  begin(redisMs: number): void {
    this.spanAtMs = this.monotonicMs();
    this.aheadMs = redisMs - this.spanAtMs;
    this.aheadBeforeMs = this.aheadMs;
  }

  /**
   * Learns from a time that Redis told. Redis told it after it was asked, however late the reply is read; a clock that seems
   * to be behind even so was set back, and is followed at once.
   * @param askedAtMs when it was asked, by the monotonic clock
   */
  observe(redisMs: number, askedAtMs: number): void {
    const nowMs = this.monotonicMs();
    const aheadMs = redisMs - nowMs;
    this.observedAtMs = nowMs;
    if (redisMs - askedAtMs < Math.max(this.aheadMs, this.aheadBeforeMs) - skewMs) {
      this.begin(redisMs);
      return;
    }
    if (nowMs - this.spanAtMs < spanMs) {
      this.aheadMs = Math.max(this.aheadMs, aheadMs);
      return;
    }
    this.spanAtMs = nowMs;
    this.aheadBeforeMs = this.aheadMs;
    this.aheadMs = aheadMs;
  }

  /** How long ago Redis last told a time, in ms. */
  get ageMs(): number {
    return this.monotonicMs() - this.observedAtMs;
  }

  /** Unix ms. This runs behind Redis's clock by at least the time that the fastest reply took to arrive. */
  now(): number {
    return this.monotonicMs() + Math.max(this.aheadMs, this.aheadBeforeMs);
  }
}
