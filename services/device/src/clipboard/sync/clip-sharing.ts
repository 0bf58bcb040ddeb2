import type { Peer } from '@openrelay/client';

/** Whether clips leave and are set. */
export type ClipMode = 'on' | 'off';

/** What the user wants of the clipboard. */
export type ClipSharing = {
  readonly mode: ClipMode;
  /** Whose clips are set here, and who gets those of here. */
  readonly takesPart: (peer: Pick<Peer, 'id'>) => boolean;
};

export const withEverybody: ClipSharing = { mode: 'on', takesPart: () => true };
export const withNobody: ClipSharing = { mode: 'off', takesPart: () => false };
