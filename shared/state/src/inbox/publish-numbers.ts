import type { Numbered } from './notice';

/** What the number of a publish tells. `first`: of a fresh subscription. `missed`: it is not the one that should have come. */
export type Sequel = 'first' | 'next' | 'missed';

/** Finds by their numbers that publishes did not come, channel by channel. */
export class PublishNumbers {
  private readonly last = new Map<string, number>();

  /** The channel was subscribed anew: whatever comes now is its first. */
  begin(channel: string): void {
    this.last.delete(channel);
  }

  /** HOT PATH. A number has come. One that went back is missed, too: Redis counts anew, and may have lost more than the count. */
  note(channel: string, { kind, number }: Numbered): Sequel {
    const last = this.last.get(channel);
    this.last.set(channel, number);
    if (last === undefined) return 'first';
    return number === (kind === 'probe' ? last : last + 1) ? 'next' : 'missed';
  }
}
