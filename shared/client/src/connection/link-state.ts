import type { Registration } from './frames/messages';
import type { RelayErrorCode } from './relay-error';

/** What a link is doing; `why` is a sentence for people. */
export type LinkState =
  | { readonly is: 'connecting' }
  | { readonly is: 'connected'; readonly registration: Registration }
  /** `untilMs` is Unix ms; `code` an error's or a close code. */
  | { readonly is: 'waiting'; readonly untilMs: number; readonly why: string; readonly code: RelayErrorCode }
  /** It does not come back by itself: `start` begins anew. `code` is `ended` after `stop`. */
  | { readonly is: 'stopped'; readonly why: string; readonly code: RelayErrorCode | 'ended' };
