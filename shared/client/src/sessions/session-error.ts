export type SessionErrorCode =
  /** There is no session with this device. */
  | 'not-paired'
  /** It was sealed under keys that are gone since the two were paired again. */
  | 'paired-again'
  /** What the store has of it can't be read. */
  | 'damaged'
  /** An earlier message of the same peer failed, and comes first when the relay delivers again. */
  | 'waits';

/** The message is for the user. */
export class SessionError extends Error {
  override readonly name = 'SessionError';

  constructor(
    readonly code: SessionErrorCode,
    message: string,
  ) {
    super(message);
  }
}
