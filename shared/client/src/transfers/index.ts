/** Files and streams, cut to what the relay takes, resumed after whatever happened, checked as a whole before they get their name. */
export type { Sink, Source, TransferFailure } from './ports';
