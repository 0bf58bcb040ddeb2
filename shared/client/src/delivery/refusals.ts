import { RelayError } from '../connection/relay-error';

/** What an outbox does with a message that was not accepted. */
export type Consequence =
  /** As soon as there is a connection: its outcome is not known. */
  | { readonly do: 'repeat' }
  | { readonly do: 'repeat later'; readonly firstMs: number; readonly longestMs: number }
  | { readonly do: 'pace'; readonly retryAfterMs: number | undefined }
  | { readonly do: 'reject' };

const soon = { do: 'repeat later', firstMs: 500, longestMs: 30_000 } as const;
/** Each try costs a request of the minute, and so do refused ones. */
const seldom = { do: 'repeat later', firstMs: 2_000, longestMs: 60_000 } as const;

export function consequenceOf(error: unknown, whenRefused: 'reject' | 'wait'): Consequence {
  if (!(error instanceof RelayError)) return { do: 'reject' };
  switch (error.code) {
    case 'closed':
      return { do: 'repeat' };
    case 'timeout':
    case 'busy':
    case 503:
      return soon;
    case 429:
      return { do: 'pace', retryAfterMs: error.retryAfterMs };
    case 404:
    case 507:
    case 509:
      return whenRefused === 'wait' ? seldom : { do: 'reject' };
    default:
      return { do: 'reject' };
  }
}

/** Of what is asked on a connection that lasts: of one that closed, the next connection asks again. */
export function isRefusedForNow(error: unknown): boolean {
  const consequence = consequenceOf(error, 'reject').do;
  return consequence === 'repeat later' || consequence === 'pace';
}
