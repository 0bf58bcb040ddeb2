/** What transfers need from the application: where bytes come from, and where they go. */

export type Source = {
  /** Bytes; `undefined` for a stream whose end is not known yet. */
  readonly size: number | undefined;
  /** Fewer bytes than asked for only at the end. Throws a sentence when these bytes are no longer there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
};

export type Sink = {
  /** Resolves when the bytes would survive the end of this process. The same bytes may come again. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** What was written: a transfer that resumes is checked from its first byte. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The whole is checked: give it its name. Must succeed also when a crash came right after it had done so. */
  finish(): Promise<void>;
  /** Takes away what was written. */
  discard(): Promise<void>;
  close?(): Promise<void>;
};

export type TransferFailure = 'cancelled' | 'refused' | 'damaged' | 'unknown' | 'unreadable' | 'unwritable';
