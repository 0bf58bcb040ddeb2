/** Time in which a reply that is read at once is certain; what is known of Redis's clock lasts one of these to two. */
const spanMs = 10_000;
/** How far the clocks of a Cluster's masters may be apart: what goes back by more was set back. */
const skewMs = 500;

/** Of what TIME answers. */
export function unixMs([seconds, micros]: (string | number)[]): number {
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

/**
 * The cluster's one clock, Redis's, as this process knows it: by a clock that nobody sets, and by how far Redis's is
 * ahead of that. The later a reply is read, the less ahead Redis seems; so the most that was seen of late is nearest.
 */
export class RedisClock {
  private spanAtMs = 0;
  private aheadMs = 0;
  /** The same, in the span before. */
  private aheadBeforeMs = 0;

  /** @param monotonicMs a clock that only goes forward, in ms */
  constructor(readonly monotonicMs: () => number) {}

  /** Another server may answer from here on, whose clock is behind: what was known of the one before means nothing. */
  begin(redisMs: number): void {
    this.spanAtMs = this.monotonicMs();
    this.aheadMs = redisMs - this.spanAtMs;
    this.aheadBeforeMs = this.aheadMs;
  }

  /**
   * Redis has told its time. It did so after it was asked, however late the reply is read; a clock that seems to be behind
   * even then was set back, and is followed at once.
   * @param askedAtMs when it was asked, by the monotonic clock
   */
  observe(redisMs: number, askedAtMs: number): void {
    const nowMs = this.monotonicMs();
    const aheadMs = redisMs - nowMs;
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

  /** Unix ms. Replies take time to arrive, so this runs behind Redis by at least the fastest one's way. */
  now(): number {
    return this.monotonicMs() + Math.max(this.aheadMs, this.aheadBeforeMs);
  }
}
