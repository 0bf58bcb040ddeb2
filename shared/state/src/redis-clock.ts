/**
 * The cluster's one clock, Redis's, as this process knows it: the last time that a script told, plus what has passed
 * since by a clock that nobody sets.
 */
export class RedisClock {
  private toldMs = 0;
  private atMs = 0;

  /** @param monotonicMs a clock that only goes forward, in ms */
  constructor(private readonly monotonicMs: () => number) {}

  observe(redisMs: number): void {
    this.toldMs = redisMs;
    this.atMs = this.monotonicMs();
  }

  /** Unix ms. Replies take time to arrive, so this runs behind Redis by at most the last reply's way. */
  now(): number {
    return this.toldMs + this.monotonicMs() - this.atMs;
  }
}
