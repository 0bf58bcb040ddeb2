const firstMs = 10 * 60_000;
const longestMs = 6 * 60 * 60_000;

/** When the peer has said nothing for long, something may have expired on its way: ever more rarely, that is a reason to ask. */
export class Quiet {
  private heardAt = 0;
  private asked = 0;

  /** @param now Unix ms */
  heard(now: number): void {
    this.heardAt = now;
    this.asked = 0;
  }

  /** It begins to count when it is asked first. */
  isTooLong(now: number): boolean {
    this.heardAt ||= now;
    if (Math.abs(now - this.heardAt) < Math.min(longestMs, firstMs * 2 ** this.asked)) return false;
    this.heardAt = now;
    this.asked += 1;
    return true;
  }
}
