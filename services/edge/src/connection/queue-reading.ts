/** How far the device's queue was sent to a connection. Numbers are those of the queue. */
export class QueueReading {
  /** The last number that was sent. */
  cursor = 0;
  /** The highest number known to be in the queue. */
  wanted = 0;
  isPulling = false;
  /** Registered anew after a lost connection to Redis; what is in flight is being matched with the queue. */
  isRecovering = false;
  /** The queue's last number when it registered: up to it there may be what an earlier connection was sent. */
  backlogSeq = 0;
  /** Counts recoveries: numbers from before the last one mean nothing, and the queue may show again what was sent. */
  numbering = 0;
  /** The queue's last number at the check before, when it was ahead of the cursor. */
  private suspectSeq = 0;

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
  }

  /** A check has found the queue to end here. Answers whether it was ahead at the check before, and nothing was sent since. */
  recordCheck(seq: number): boolean {
    const wasAhead = this.suspectSeq > this.cursor;
    this.suspectSeq = seq > this.cursor ? seq : 0;
    return wasAhead;
  }
}
