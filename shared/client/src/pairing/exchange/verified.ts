import { concat, equalBytes, hmacSha256, sha256, utf8 } from '../../crypto/index';
import type { IdentityRecord } from '../../peers/index';
import type { PairedSecrets } from './paired-secrets';
import { otherRole, type PairingRole, roleLetters } from './pairing-role';
import type { OwnPart } from './shown-self';
import { digitsOf, type Transcript, transcriptBytes } from './transcript';

/** The other side has shown its keys. With a code that is enough; else both users compare the digits. */
export type Verified = {
  readonly peer: IdentityRecord;
  /** As `123 456`. */
  readonly digits: string;
  readonly secrets: PairedSecrets;
  /** 32 bytes, for the last word of each side. */
  readonly authKey: Uint8Array;
};

export type VerifiedParts = {
  readonly role: PairingRole;
  readonly peer: IdentityRecord;
  readonly own: OwnPart;
  readonly theirEphemeral: Uint8Array;
  readonly pairingKey: Uint8Array;
  readonly authKey: Uint8Array;
  readonly transcript: Transcript;
};

export function verifiedBy({
  role,
  peer,
  own,
  theirEphemeral,
  pairingKey,
  authKey,
  transcript,
}: VerifiedParts): Verified {
  const said = transcriptBytes(transcript);
  const secrets: PairedSecrets = {
    role: role === 'joiner' ? 'initiator' : 'responder',
    ephemeral: own.ephemeral,
    theirEphemeral,
    pairingKey,
    transcriptHash: sha256(said),
  };
  return { peer, digits: digitsOf(said), secrets, authKey };
}

/** That the side of this role trusts the other, or does not, in this very pairing: HMAC-SHA256, 32 bytes. */
export function proofOf(role: PairingRole, { authKey, secrets }: Verified, answer: 'trusted' | 'refused'): Uint8Array {
  const word = Uint8Array.of(answer === 'trusted' ? 1 : 0);
  return hmacSha256(authKey, concat(utf8(roleLetters[role]), secrets.transcriptHash, word));
}

/** @param role our own */
export function isProofOfPeer(role: PairingRole, verified: Verified, proof: Uint8Array): boolean {
  return equalBytes(proof, proofOf(otherRole(role), verified, 'trusted'));
}
