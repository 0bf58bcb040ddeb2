import type { IdentityRecord, Peer } from '../peers/index';

export type PairingQuestion = {
  /** `replace-keys`: the device is known under other keys, and the code was right. */
  readonly about: 'digits' | 'replace-keys';
  /** As it calls itself; its id is `peer.id`. */
  readonly peer: IdentityRecord;
  /** As `123 456`: to be compared with what the other device shows. */
  readonly digits: string;
  /** Whose keys a yes replaces. */
  readonly replaces: Peer | undefined;
  /** Aborted when the answer no longer matters. */
  readonly signal: AbortSignal;
};

export type PairingAnswer = 'trust' | 'refuse' | 'digits-differ';

/** A rejection counts as `refuse`. */
export type AskUser = (question: PairingQuestion) => Promise<PairingAnswer>;
