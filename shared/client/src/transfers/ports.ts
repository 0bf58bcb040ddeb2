import type { TransferHead } from './transfer-head';

/** Where bytes come from. */
export type Source = {
  /** Bytes; `undefined` for a stream whose end is not known yet. */
  readonly size: number | undefined;
  /** Fewer bytes than asked for only at the end. Rejects with a sentence when these bytes are no longer there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** All before this will not be read again, unless this process ends. */
  release?(offset: number): void;
  close?(): Promise<void>;
};

/** Where bytes go to. Of an empty folder in a folder (`entries` 0 and a `path`) none come: `finish` makes it. */
export type Sink = {
  /** Resolves when the bytes would survive the end of this process. The same bytes may come again. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** What was written: a transfer that was interrupted is checked from its first byte. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The whole is checked: give it its name. Must succeed also when a process ended right after it had done so. */
  finish(): Promise<void>;
  /** Takes away what was written. */
  discard(): Promise<void>;
  close?(): Promise<void>;
};

/** What transfers need of sessions and delivery. */
export type TransferPost = {
  /** Seals and keeps one message for the peer. `accepted` resolves when the relay has it, and rejects when it never will. */
  post(peerId: string, head: TransferHead, body: Uint8Array): Promise<{ readonly accepted: Promise<unknown> }>;
  /** The most bytes that one sealed message may have. */
  messageBytes(): number;
  /** How long a message of so many bytes had better wait, so that a text in between finds room in this minute; 0 when it may go. */
  waitMs(bytes: number): number;
  /** How long so many bytes take under the relay's limits, in messages of `messageBytes`. */
  estimateSeconds(bytes: number, messageBytes: number): number;
};
