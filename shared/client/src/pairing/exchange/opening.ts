import type { RandomBytes } from '../../crypto/index';
import type { Identity } from '../../peers/index';
import type { KeyExchange } from './key-exchange';
import type { PairingFailure } from './pairing-error';
import type { AuthFrame } from './pairing-link';
import type { Verified } from './verified';

/** What one side of a pairing begins with. */
export type OpeningOptions = {
  readonly identity: Identity;
  readonly keys: KeyExchange;
  /** The id that the other's record must bear, in upper case; absent for a code's joiner, who knows only a temporary one. */
  readonly peerId?: string | undefined;
  readonly random: RandomBytes;
};

/** What a frame of the other side led to. `frame` is the answer to it. */
export type Handled =
  | { readonly status: 'ignored' }
  | { readonly status: 'answered'; readonly frame: AuthFrame }
  | { readonly status: 'verified'; readonly verified: Verified; readonly frame?: AuthFrame }
  | { readonly status: 'failed'; readonly failure: PairingFailure };

/** The first three steps of a pairing, from one side: until the other's keys are known and hang together. */
export type Opening = {
  /** What is said unasked. */
  begin(): Promise<AuthFrame | undefined>;
  /** One frame at a time. What was not to come now is ignored, and so is a repeat. */
  handle(frame: AuthFrame): Promise<Handled>;
  /** Overwrites what is secret; to be called when it has failed. */
  erase(): void;
};

export const ignored: Handled = { status: 'ignored' };

export function failed(failure: PairingFailure): Handled {
  return { status: 'failed', failure };
}
