/** Files and streams, cut to what the relay takes, resumed after whatever happened, checked as a whole before they get their name. */
export { bytesText } from './bytes-text';
export { cleanName, cleanPath } from './clean-name';
export type { IncomingRecord } from './incoming-record';
export type { FolderEntry, SendFolder } from './outgoing-folders';
export type { OutgoingRecord } from './outgoing-record';
export type { OutgoingTransfer, SendFile } from './outgoing-transfers';
export type { Sink, Source, TransferPost } from './ports';
export type { Finished, Outcome, Progress, TransferEvent } from './transfer-events';
export { type TransferParts, Transfers } from './transfers';
