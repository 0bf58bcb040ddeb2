/** What became of each message of one flow (one sender to one recipient), told apart by its sequence number. */
import type { Counts } from './totals';

const ackedBit = 1;
const receivedBit = 2;
const refusedBit = 4;
const stalledBit = 8;

/** `stale`: nothing this flow ever sent. `freed`: the window slots that a first receipt frees. */
export type Receipt = 'stale' | 'repeated' | { dueAtMs: number; freed: 1 | 0 };

/** Grows with each message; a run's length and rate are bounded by the options, and so is this. */
export class DeliveryLedger {
  private readonly states: number[] = [];
  private readonly dueAtMs: number[] = [];
  private highestReceived = -1;
  private oldestWatched = 0;

  /** @param counts where it counts; several flows may share them. */
  constructor(private readonly counts: Counts) {}

  /** @returns the message's sequence number, from 0. */
  send(dueAtMs: number): number {
    this.counts.sent += 1;
    this.counts.unanswered += 1;
    this.dueAtMs.push(dueAtMs);
    return this.states.push(0) - 1;
  }

  /** @returns when the message was due, or undefined when it was never sent or acked before. */
  ack(sequence: number): number | undefined {
    const state = this.states[sequence];
    if (state === undefined || (state & ackedBit) !== 0) return undefined;
    this.states[sequence] = state | ackedBit;
    this.counts.acked += 1;
    this.counts.unanswered -= 1;
    if ((state & receivedBit) === 0) this.counts.lost += 1;
    return this.dueAtMs[sequence]!;
  }

  receive(sequence: number): Receipt {
    const state = this.states[sequence];
    if (state === undefined) return 'stale';
    if ((state & receivedBit) !== 0) {
      this.counts.duplicated += 1;
      return 'repeated';
    }
    this.states[sequence] = state | receivedBit;
    this.counts.received += 1;
    if ((state & ackedBit) !== 0) this.counts.lost -= 1;
    if (sequence < this.highestReceived) this.counts.reordered += 1;
    else this.highestReceived = sequence;
    const holdsSlot = (state & (stalledBit | refusedBit)) === 0;
    return { dueAtMs: this.dueAtMs[sequence]!, freed: holdsSlot ? 1 : 0 };
  }

  /** @returns the number of window slots this frees: 0 for an unknown message or one that was answered before. */
  refuse(sequence: number): 1 | 0 {
    const state = this.states[sequence];
    if (state === undefined || (state & (refusedBit | ackedBit)) !== 0) return 0;
    this.states[sequence] = state | refusedBit;
    this.counts.refused += 1;
    this.counts.unanswered -= 1;
    return (state & (receivedBit | stalledBit)) === 0 ? 1 : 0;
  }

  /** Gives up the slots of messages that were due before `dueBeforeMs` and not received; returns how many. */
  stall(dueBeforeMs: number): number {
    let given = 0;
    for (; this.dueAtMs[this.oldestWatched]! < dueBeforeMs; this.oldestWatched += 1) {
      if ((this.states[this.oldestWatched]! & (receivedBit | refusedBit)) !== 0) continue;
      this.states[this.oldestWatched]! |= stalledBit;
      given += 1;
    }
    this.counts.stalled += given;
    return given;
  }
}

/** Whether every message was answered, and every acked one received. */
export function isSettled({ unanswered, lost }: Counts): boolean {
  return unanswered === 0 && lost === 0;
}
