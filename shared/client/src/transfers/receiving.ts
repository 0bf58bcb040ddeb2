import { windowOf } from './sending';

/** `checking`: all bytes are here; until the peer is told, a crash may lead here again. */
export type ReceivingPhase = 'offered' | 'receiving' | 'checking' | 'done' | 'refused' | 'cancelled' | 'failed';

/** The receiver's side of one transfer. */
export type Receiving = {
  readonly phase: ReceivingPhase;
  readonly chunk: number;
  /** Bytes; nothing for a stream. */
  readonly size: number | undefined;
  /** All chunks before it are written. */
  readonly next: number;
  /** Whether the last one written was shorter, so that nothing may follow. */
  readonly tail: 'open' | 'short';
  readonly bytes: number;
  /** The sender was asked to go on from `next`. */
  readonly asked: 'yes' | 'no';
};

export function isOver(phase: ReceivingPhase): boolean {
  return phase !== 'offered' && phase !== 'receiving' && phase !== 'checking';
}

export type ChunkStep =
  | { readonly do: 'write'; readonly offset: number; readonly state: Receiving; readonly tell: 'progress' | 'nothing' }
  /** Written before, or of no interest any more. */
  | { readonly do: 'ignore' }
  /** One before it is missing: the sender is asked once to go on from there. */
  | { readonly do: 'ask'; readonly state: Receiving }
  | { readonly do: 'fail'; readonly why: string };

export function newReceiving(chunk: number, size: number | undefined): Receiving {
  return { phase: 'offered', chunk, size, next: 0, tail: 'open', bytes: 0, asked: 'no' };
}

export function receivingAfterChunk(state: Receiving, index: number, length: number): ChunkStep {
  if (state.phase !== 'receiving' || index < state.next) return { do: 'ignore' };
  if (index > state.next)
    return state.asked === 'yes' ? { do: 'ignore' } : { do: 'ask', state: { ...state, asked: 'yes' } };
  const offset = state.next * state.chunk;
  const bytes = offset + length;
  const isWrong = length === 0 || length > state.chunk || state.tail === 'short' || bytes > (state.size ?? bytes);
  if (isWrong) return { do: 'fail', why: 'It is not as large as was said.' };
  const next = state.next + 1;
  const tail = length < state.chunk ? 'short' : 'open';
  const isHalfAWindow = next % Math.max(1, Math.floor(windowOf(state.chunk) / 2)) === 0;
  return {
    do: 'write',
    offset,
    state: { ...state, next, tail, bytes, asked: 'no' },
    tell: isHalfAWindow ? 'progress' : 'nothing',
  };
}

/** Whether the end came when everything was here; if not, the sender is asked to go on. */
export function isWhole({ bytes, size }: Receiving, saidBytes: number): boolean {
  return bytes === saidBytes && bytes === (size ?? bytes);
}
