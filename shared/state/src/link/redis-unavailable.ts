/** Redis is not there, or did not answer in time. Whoever asked is told 503; nothing is sent again by itself. */
export class RedisUnavailable extends Error {
  override name = 'RedisUnavailable';

  /** @param outcome whether it is known that Redis did nothing of what it was asked */
  constructor(
    message: string,
    readonly outcome: 'not done' | 'unknown' = 'not done',
  ) {
    super(message);
  }
}

/** Whether Redis may have done what it was asked, though the call failed. What it refuses it has not done. */
export function mayHaveRun(error: unknown): boolean {
  return error instanceof RedisUnavailable ? error.outcome === 'unknown' : (error as Error).name !== 'ReplyError';
}
