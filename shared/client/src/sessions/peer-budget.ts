/** So many for each peer within a time: whoever asks without end must not make this device work or talk without end. */
export class PeerBudget {
  private readonly takenAt = new Map<string, readonly number[]>();

  /** @param most in any stretch of `withinMs` */
  constructor(
    private readonly most: number,
    private readonly withinMs: number,
  ) {}

  /** @param now Unix ms; a clock that was set by more than the stretch counts as time that passed */
  take(peerId: string, now: number): 'taken' | 'used-up' {
    const id = peerId.toUpperCase();
    const recent = (this.takenAt.get(id) ?? []).filter((at) => Math.abs(now - at) < this.withinMs);
    if (recent.length >= this.most) return 'used-up';
    this.takenAt.set(id, [...recent, now]);
    return 'taken';
  }
}
