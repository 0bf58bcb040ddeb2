/** A device's request limit that Redis said is used up. Made when that happens: most connections never need it. */
export class RequestWindow {
  /** @param endsAtMs when something can pass again, by the monotonic clock */
  constructor(private readonly endsAtMs: number) {}

  /** How long nothing can pass yet, so that Redis need not be asked. */
  waitMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.endsAtMs - nowMs));
  }
}
