const windowMs = 60_000;
/** At this multiple of the limit the connection is closed. */
const closeFactor = 2;
/** A frame counts once for each started piece of this size: larger than any control frame that a device has reason to send. */
export const bytesPerCount = 16 * 1024;

export type FloodVerdict = { status: 'allowed' } | { status: 'excess'; retryAfterMs: number } | { status: 'flooding' };

const allowed: FloodVerdict = { status: 'allowed' };

/**
 * Counts what asks for nothing but an answer: control frames and refused frames, against a connection's minute. Frames that do
 * their work (admitted requests, acks of what was handed over) are not counted here.
 */
export class FloodGuard {
  private frames = 0;
  private sinceMs = 0;
  /** Its device may not come back before. */
  private refusedUntilMs = 0;

  /**
   * @param limit frames a minute; 0 switches it off
   * @param frameBytes size of a frame that no device has reason to send; one alone counts for half the limit at the most
   */
  count(limit: number, nowMs: number, frameBytes = 0): FloodVerdict {
    if (limit === 0) return allowed;
    this.beginWindow(nowMs);
    const pieces = Math.ceil(frameBytes / bytesPerCount);
    this.frames += Math.max(1, Math.min(pieces, limit / 2));
    if (this.frames <= limit) return allowed;
    if (this.frames <= closeFactor * limit)
      return { status: 'excess', retryAfterMs: Math.ceil(this.sinceMs + windowMs - nowMs) };
    this.refusedUntilMs = nowMs + windowMs;
    return { status: 'flooding' };
  }

  private beginWindow(nowMs: number): void {
    if (nowMs - this.sinceMs < windowMs) return;
    this.sinceMs = nowMs;
    this.frames = 0;
  }

  /** Frames of the minute that has begun. */
  countedBy(nowMs: number): number {
    return nowMs - this.sinceMs < windowMs ? this.frames : 0;
  }

  /** How long its device is refused yet; 0 when it is not. */
  waitMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.refusedUntilMs - nowMs));
  }

  /** Its device had another connection, whose minute goes on. */
  resumeFrom(earlier: FloodGuard, nowMs: number): void {
    const frames = earlier.countedBy(nowMs);
    if (frames === 0) return;
    this.beginWindow(nowMs);
    this.frames += frames;
    this.sinceMs = Math.min(this.sinceMs, earlier.sinceMs);
  }
}
