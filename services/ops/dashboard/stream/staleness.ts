/** An event comes each second; after so long without one, what is shown is of the past. */
const staleAfterMs = 5000;

export type Freshness = { state: 'waiting' | 'fresh' } | { state: 'stale'; sinceMs: number | null; why: string };

/** Whether what the page shows is of now. Times are of one clock, in ms. */
export class Staleness {
  private lastMs: number | undefined;
  private why = '';

  constructor(private readonly startedMs: number) {}

  heard(nowMs: number): void {
    this.lastMs = nowMs;
    this.why = '';
  }

  trouble(why: string): void {
    this.why = why;
  }

  /** Trouble that was told counts at once, silence after a while. */
  at(nowMs: number): Freshness {
    const quietMs = nowMs - (this.lastMs ?? this.startedMs);
    if (this.why === '' && quietMs < staleAfterMs) return { state: this.lastMs === undefined ? 'waiting' : 'fresh' };
    return { state: 'stale', sinceMs: this.lastMs ?? null, why: this.why || 'ops says nothing.' };
  }
}
