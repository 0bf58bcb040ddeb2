import { InFlight, keyOf } from './in-flight';

/** Acks that come ahead of their messages; as many as there may be in a queue by default. */
export const maxEarly = 1000;

/** What a connection has not acked yet, and its acks on their way to Redis. */
export class AckProgress {
  /** Made with the first message. */
  inFlight: InFlight | undefined;
  /** Whether the device has acked anything at all. */
  hasAcked = false;
  /** Acks on their way to Redis. */
  underWay = 0;
  /** Ids that the device acked, as it had them from an earlier connection, before they were sent on this one. */
  private early: Set<string> | undefined;

  /** @param maxMessages that may be in flight before expired ones are looked for */
  startFlight(maxMessages: number): InFlight {
    this.inFlight ??= new InFlight(maxMessages);
    return this.inFlight;
  }

  get hasEarly(): boolean {
    return this.early !== undefined;
  }

  /** Keeps an ack that came before its message. Answers false when it came before, or too many did. */
  addEarly(messageId: string): boolean {
    this.early ??= new Set();
    const countBefore = this.early.size;
    if (countBefore < maxEarly) this.early.add(keyOf(messageId));
    return this.early.size > countBefore;
  }

  /** Whether the message was acked early; asked once for each message. */
  takeEarly(messageId: string): boolean {
    return this.early?.delete(keyOf(messageId)) ?? false;
  }

  dropEarly(): void {
    this.early = undefined;
  }
}
