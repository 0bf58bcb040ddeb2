/** A number is the relay's own code (RESPONSES.md: Errors); a word is what this side of the connection found out. */
export type RelayErrorCode = number | 'timeout' | 'closed' | 'busy';

export type RelayErrorDetails = {
  readonly messageId?: string | undefined;
  /** With code 429: how long until the limit's window ends. */
  readonly retryAfterMs?: number | undefined;
};

/** What the relay refused, or what became of a request that it did not answer. Its message is a sentence for people. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly messageId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: RelayErrorCode,
    message: string,
    details: RelayErrorDetails = {},
  ) {
    super(message);
    this.messageId = details.messageId;
    this.retryAfterMs = details.retryAfterMs;
  }
}
