import { type InFlight, keyOf } from './in-flight';
import { SlowStart } from './slow-start';

/** Acks that come ahead of their messages; as many as there may be in a queue by default. */
export const maxEarly = 1000;

/** How far the device's queue was sent to a connection, and acked by it. Numbers are those of the queue. */
export class DeliveryProgress {
  /** The last number that was sent. */
  cursor = 0;
  /** The highest number known to be in the queue. */
  wanted = 0;
  isPulling = false;
  /** Registered anew after a lost connection to Redis; what is in flight is being matched with the queue. */
  isRecovering = false;
  /** Counts recoveries: numbers from before the last one mean nothing, and the queue may show again what was sent. */
  numbering = 0;
  /** The queue's last number when it registered: up to it there may be what an earlier connection was sent. */
  backlogSeq = 0;
  readonly slowStart = new SlowStart();
  /** Made with the first message. */
  inFlight: InFlight | undefined;
  /** Whether the device has acked anything at all. */
  hasAcked = false;
  /** Acks on their way to Redis. */
  acksUnderWay = 0;
  /** Ids that the device acked, as it had them from an earlier connection, before they were sent on this one. */
  private early: Set<string> | undefined;

  get hasMore(): boolean {
    return this.wanted > this.cursor;
  }

  /** Something lies in the queue up to this number. */
  want(seq: number): void {
    if (seq > this.wanted) this.wanted = seq;
  }

  /** All up to this number was sent, or need not be. */
  advance(seq: number): void {
    if (seq > this.cursor) this.cursor = seq;
  }

  /** The connection holds its device, whose queue has got to this number. */
  begin(lastSeq: number): void {
    this.isRecovering = false;
    this.backlogSeq = lastSeq;
    this.want(lastSeq);
  }

  /** Redis may have lost what came last: the queue is read again from its start. */
  restart(): void {
    this.isRecovering = true;
    this.numbering += 1;
    this.cursor = 0;
    this.wanted = 0;
    this.inFlight?.forgetNumbers();
  }

  /** Keeps an ack that came before its message. Answers false when it came before, or too many did. */
  addEarlyAck(messageId: string): boolean {
    this.early ??= new Set();
    const countBefore = this.early.size;
    if (countBefore < maxEarly) this.early.add(keyOf(messageId));
    return this.early.size > countBefore;
  }

  /** Whether the message was acked early; asked once for each message. */
  takeEarlyAck({ id, seq }: { id: string; seq: number }): boolean {
    return seq <= this.backlogSeq && this.early?.delete(keyOf(id)) === true;
  }

  /** When all that an earlier connection may have been sent has come again, no ack is early. */
  dropEarlyAcks(): void {
    if (this.cursor >= this.backlogSeq) this.early = undefined;
  }
}
