import type { TransferHead } from './transfer-head';

/** `ended`: everything is sent, and the peer checks it. */
export type SendingPhase = 'offered' | 'sending' | 'ended' | 'done' | 'refused' | 'cancelled' | 'failed';

/** The sender's side of one transfer. */
export type Sending = {
  readonly phase: SendingPhase;
  /** Bytes in each chunk but the last. */
  readonly chunk: number;
  /** The chunk that is sent next. */
  readonly next: number;
  /** All before it are written at the peer's. */
  readonly confirmed: number;
  /** Of a refusal or a failure, a sentence or the peer's words. */
  readonly why: string;
};

const windowChunks = 32;
const windowBytes = 2 * 1024 * 1024;

export function newSending(chunk: number): Sending {
  return { phase: 'offered', chunk, next: 0, confirmed: 0, why: '' };
}

/** How many chunks may be under way beyond what the peer has written. */
export function windowOf(chunk: number): number {
  return Math.max(1, Math.min(windowChunks, Math.floor(windowBytes / chunk)));
}

/** Whether the next chunk may go now. */
export function maySend({ phase, chunk, next, confirmed }: Sending): boolean {
  return phase === 'sending' && next < confirmed + windowOf(chunk);
}

export function isOver(phase: SendingPhase): boolean {
  return phase === 'done' || phase === 'refused' || phase === 'cancelled' || phase === 'failed';
}

/** What the peer's word changes. What is over stays so, whatever comes late. */
export function sendingAfter(state: Sending, head: TransferHead): Sending {
  if (isOver(state.phase)) return state;
  switch (head.t) {
    case 'accept':
      return { ...state, phase: 'sending', next: head.have, confirmed: Math.max(state.confirmed, head.have) };
    case 'progress':
      return { ...state, confirmed: Math.max(state.confirmed, Math.min(head.next, state.next)) };
    case 'refuse':
      return { ...state, phase: 'refused', why: head.why };
    case 'cancel':
      return { ...state, phase: 'cancelled', why: head.why };
    case 'done':
      return head.ok ? doneAfter(state) : { ...state, phase: 'failed', why: 'It arrived damaged: send it again.' };
    case 'offer':
    case 'chunk':
    case 'end':
      return state;
    default:
      return head satisfies never;
  }
}

/** A peer that has everything from before a restart of this side answers `done` to the offer. */
function doneAfter(state: Sending): Sending {
  return { ...state, phase: 'done', confirmed: Math.max(state.confirmed, state.next) };
}
