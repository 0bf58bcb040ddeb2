/**
 * So many pairings by digits may others begin in an hour. Whoever begins one can reckon the digits before this device's user sees
 * them, and begin again until they suit: each beginning is one guess in a million.
 */
const maxOpenings = 10;
const hourMs = 60 * 60 * 1000;

export class OpeningBudget {
  private openedAt: readonly number[] = [];

  /** @param now Unix ms */
  take(now: number): 'taken' | 'used-up' {
    this.openedAt = this.openedAt.filter((at) => Math.abs(now - at) < hourMs);
    if (this.openedAt.length >= maxOpenings) return 'used-up';
    this.openedAt = [...this.openedAt, now];
    return 'taken';
  }
}
