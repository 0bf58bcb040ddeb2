import type { IncomingRecord } from './incoming-record';

export type Outcome = 'done' | 'refused' | 'cancelled' | 'failed';

/** `id` is the sender's for the transfer; with the peer's id and the direction it names one. */
export type TransferEvent =
  /** To be accepted or refused, now or later, also after a restart. */
  | { readonly name: 'offered'; readonly offer: IncomingRecord }
  | ({ readonly name: 'progress' } & Progress)
  | ({ readonly name: 'finished' } & Finished);

type Named = {
  readonly direction: 'in' | 'out';
  readonly peerId: string;
  readonly id: string;
  /** Of the folder that the file belongs to. */
  readonly group?: string | undefined;
};

export type Progress = Named & {
  /** What the receiver has written. */
  readonly bytes: number;
  readonly size: number | undefined;
};

export type Finished = Named & {
  readonly outcome: Outcome;
  /** A sentence for people, empty when all is well. */
  readonly sentence: string;
};
