/** What became of each message of one flow (one sender to one recipient), told apart by its sequence number. */

const ackedBit = 1;
const receivedBit = 2;
const refusedBit = 4;
const stalledBit = 8;
const firstCapacityMessages = 64;

export type LedgerCounts = {
  sent: number;
  acked: number;
  received: number;
  refused: number;
  /** Acked, but not received. */
  lost: number;
  duplicated: number;
  /** Received after a message that was sent later. */
  reordered: number;
  /** Neither acked nor refused. */
  unanswered: number;
  /** Held up a window slot for so long that the slot was given to another message. */
  stalled: number;
};

/** `stale`: nothing this flow ever sent. `freed` on a first receipt: its window slot was not given away before. */
export type Receipt =
  | { outcome: 'first'; dueAtMs: number; freed: 1 | 0 }
  | { outcome: 'repeated' }
  | { outcome: 'stale' };

/** Nine bytes a message; a run's length and rate are bounded by the options, and so is this. */
export class DeliveryLedger {
  private states = new Uint8Array(firstCapacityMessages);
  private dueAtMs = new Float64Array(firstCapacityMessages);
  private sent = 0;
  private acked = 0;
  private received = 0;
  private refused = 0;
  private ackedAndReceived = 0;
  private duplicated = 0;
  private reordered = 0;
  private stalled = 0;
  private highestReceived = -1;
  private oldestWatched = 0;

  /** @returns the message's sequence number, from 0. */
  send(dueAtMs: number): number {
    if (this.sent === this.states.length) this.grow();
    this.dueAtMs[this.sent] = dueAtMs;
    this.sent += 1;
    return this.sent - 1;
  }

  /** @returns when the message was due, or undefined when it was never sent or answered before. */
  ack(sequence: number): number | undefined {
    const state = this.stateOf(sequence);
    if (state === undefined || (state & ackedBit) !== 0) return undefined;
    this.states[sequence] = state | ackedBit;
    this.acked += 1;
    if ((state & receivedBit) !== 0) this.ackedAndReceived += 1;
    return this.dueAtMs[sequence]!;
  }

  receive(sequence: number): Receipt {
    const state = this.stateOf(sequence);
    if (state === undefined) return { outcome: 'stale' };
    if ((state & receivedBit) !== 0) {
      this.duplicated += 1;
      return { outcome: 'repeated' };
    }
    this.states[sequence] = state | receivedBit;
    this.received += 1;
    if ((state & ackedBit) !== 0) this.ackedAndReceived += 1;
    if (sequence < this.highestReceived) this.reordered += 1;
    else this.highestReceived = sequence;
    const holdsSlot = (state & (stalledBit | refusedBit)) === 0;
    return { outcome: 'first', dueAtMs: this.dueAtMs[sequence]!, freed: holdsSlot ? 1 : 0 };
  }

  /** @returns the number of window slots this frees: 0 for an unknown message or one that was answered before. */
  refuse(sequence: number): 1 | 0 {
    const state = this.stateOf(sequence);
    if (state === undefined || (state & (refusedBit | ackedBit)) !== 0) return 0;
    this.states[sequence] = state | refusedBit;
    this.refused += 1;
    return (state & (receivedBit | stalledBit)) === 0 ? 1 : 0;
  }

  /** Gives up the slots of messages that were due before `dueBeforeMs` and not received; returns how many. */
  stall(dueBeforeMs: number): number {
    let given = 0;
    while (this.oldestWatched < this.sent && this.dueAtMs[this.oldestWatched]! < dueBeforeMs) {
      const state = this.states[this.oldestWatched]!;
      if ((state & (receivedBit | refusedBit)) === 0) {
        this.states[this.oldestWatched] = state | stalledBit;
        given += 1;
      }
      this.oldestWatched += 1;
    }
    this.stalled += given;
    return given;
  }

  /** Whether every message was answered, and every acked one received. */
  isSettled(): boolean {
    return this.ackedAndReceived + this.refused === this.sent;
  }

  counts(): LedgerCounts {
    return {
      sent: this.sent,
      acked: this.acked,
      received: this.received,
      refused: this.refused,
      lost: this.acked - this.ackedAndReceived,
      duplicated: this.duplicated,
      reordered: this.reordered,
      unanswered: this.sent - this.acked - this.refused,
      stalled: this.stalled,
    };
  }

  private stateOf(sequence: number): number | undefined {
    return sequence >= 0 && sequence < this.sent ? this.states[sequence]! : undefined;
  }

  private grow(): void {
    const states = new Uint8Array(this.states.length * 2);
    const dueAtMs = new Float64Array(this.states.length * 2);
    states.set(this.states);
    dueAtMs.set(this.dueAtMs);
    this.states = states;
    this.dueAtMs = dueAtMs;
  }
}
