import { type AgreementKey, concat, erase, hkdf, nulJoined, uint64 } from '../crypto';

const nothing = new Uint8Array(0);

export type PairingSecrets = {
  /** The joiner, who asked first, is the initiator. */
  readonly role: 'initiator' | 'responder';
  readonly own: AgreementKey;
  readonly ownEphemeral: AgreementKey;
  /** 32 bytes each, of X25519. */
  readonly theirs: Uint8Array;
  readonly theirEphemeral: Uint8Array;
  /** 32 bytes of the password-authenticated exchange, or zeros. */
  readonly pairingKey: Uint8Array;
  /** SHA-256 of what both sides said. */
  readonly transcriptHash: Uint8Array;
};

/** The first root of a pair, 32 bytes: whoever lacks one of the two identity keys, or one of the two fresh ones, lacks it. */
export async function pairingRoot(secrets: PairingSecrets): Promise<Uint8Array> {
  const { own, ownEphemeral, theirs, theirEphemeral, pairingKey, transcriptHash } = secrets;
  const ownStatic = await own.agree(theirEphemeral);
  const theirStatic = await ownEphemeral.agree(theirs);
  const first = secrets.role === 'initiator' ? [ownStatic, theirStatic] : [theirStatic, ownStatic];
  const agreed = [...first, await ownEphemeral.agree(theirEphemeral), await own.agree(theirs)];
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
