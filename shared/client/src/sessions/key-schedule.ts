import { type AgreementKey, concat, erase, hkdf, nulJoined, uint64 } from '../crypto/index';

const nothing = new Uint8Array(0);

/** What a pairing leaves: `PairedSecrets` of pairing/ is one. */
export type PairingSecrets = {
  /** The joiner, who asked first, is the initiator. */
  readonly role: 'initiator' | 'responder';
  /** Made for this pairing alone. */
  readonly ephemeral: AgreementKey;
  /** 32 bytes of X25519. */
  readonly theirEphemeral: Uint8Array;
  /** 32 bytes of the password-authenticated exchange, or of the two shares of one with digits. */
  readonly pairingKey: Uint8Array;
  /** SHA-256 of what both sides said. */
  readonly transcriptHash: Uint8Array;
};

/**
 * The first root of a pair, 32 bytes: whoever lacks one of the two identity keys, or one of the two fresh ones, lacks it.
 * @param theirs the peer's identity key of X25519
 */
export async function pairingRoot(own: AgreementKey, theirs: Uint8Array, secrets: PairingSecrets): Promise<Uint8Array> {
  const { role, ephemeral, theirEphemeral, pairingKey, transcriptHash } = secrets;
  const ownStatic = await own.agree(theirEphemeral);
  const theirStatic = await ephemeral.agree(theirs);
  const first = role === 'initiator' ? [ownStatic, theirStatic] : [theirStatic, ownStatic];
  const agreed = [...first, await ephemeral.agree(theirEphemeral), await own.agree(theirs)];
  return derived(concat(...agreed, pairingKey), transcriptHash, nulJoined('openrelay-root-v1'), agreed);
}

/** The first root of two peers whom a third one introduced. @param secret the introducer's 32 random bytes, the same to both */
export async function introducedRoot(own: AgreementKey, theirs: Uint8Array, secret: Uint8Array): Promise<Uint8Array> {
  return derived(await own.agree(theirs), secret, nulJoined('openrelay-introduced-v1'), []);
}

/** What one device seals with for another, 32 bytes. */
export function directionKey(root: Uint8Array, fromId: string, toId: string, keyId: bigint): Uint8Array {
  const names = nulJoined('openrelay-direction-v1', fromId.toUpperCase(), toId.toUpperCase(), '');
  return hkdf(root, nothing, concat(names, uint64(keyId)), 32);
}

export type RotationSecrets = {
  readonly role: 'starter' | 'answerer';
  readonly own: AgreementKey;
  readonly ownEphemeral: AgreementKey;
  readonly theirs: Uint8Array;
  readonly theirEphemeral: Uint8Array;
};

/** The next root: whoever knew the last one, but none of the fresh keys, can't follow. */
export async function rotatedRoot(root: Uint8Array, keyId: bigint, secrets: RotationSecrets): Promise<Uint8Array> {
  const { own, ownEphemeral, theirs, theirEphemeral } = secrets;
  const ownStatic = await own.agree(theirEphemeral);
  const theirStatic = await ownEphemeral.agree(theirs);
  const statics = secrets.role === 'starter' ? [ownStatic, theirStatic] : [theirStatic, ownStatic];
  const agreed = [await ownEphemeral.agree(theirEphemeral), ...statics];
  const info = concat(nulJoined('openrelay-rotate-v1', ''), uint64(keyId));
  return derived(concat(root, ...agreed), nothing, info, agreed);
}

function derived(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const root = hkdf(secret, salt, info, 32);
  erase(secret, ...parts);
  return root;
}
