import type { ErasableAgreementKey } from '../../crypto/index';

/**
 * What two devices share after their pairing, from which their first session is derived. Whoever takes it calls
 * `ephemeral.erase()` and overwrites `pairingKey` afterwards.
 */
export type PairedSecrets = {
  /** The joiner of a pairing is the initiator of the session. */
  readonly role: 'initiator' | 'responder';
  /** Made for this pairing alone. */
  readonly ephemeral: ErasableAgreementKey;
  /** 32 bytes, X25519; signed with the peer's identity key. */
  readonly theirEphemeral: Uint8Array;
  /** 32 bytes: from SPAKE2, or from the two shares of a pairing with digits. */
  readonly pairingKey: Uint8Array;
  /** SHA-256 over all that both said. */
  readonly transcriptHash: Uint8Array;
};
