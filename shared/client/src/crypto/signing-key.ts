import { ed25519 } from '@noble/curves/ed25519';
import { erase } from './bytes';
import { randomBytes } from './random-bytes';
import { importSecret, unshared } from './subtle';

/** Ed25519. Whatever holds the secret, it does not show it, in `inspect` neither. */
export type SigningKey = {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(data: Uint8Array): Promise<Uint8Array>;
};

/** Of 32 random bytes, which are erased. */
export async function generateSigningKey(): Promise<SigningKey> {
  const seed = randomBytes(32);
  const key = await signingKeyOf(seed);
  erase(seed);
  return key;
}

/** @param seed 32 bytes, as RFC 8032 has a private key */
export async function signingKeyOf(seed: Uint8Array): Promise<SigningKey> {
  if (seed.length !== 32) throw new RangeError(`A seed of Ed25519 has 32 bytes, not ${seed.length}.`);
  const publicKey = ed25519.getPublicKey(seed);
  const imported = await importSecret('Ed25519', seed);
  if (imported === undefined) return nobleSigningKey(publicKey, Uint8Array.from(seed));
  const { subtle, key } = imported;
  return { publicKey, sign: async (data) => new Uint8Array(await subtle.sign('Ed25519', key, unshared(data))) };
}

function nobleSigningKey(publicKey: Uint8Array, seed: Uint8Array): SigningKey {
  return { publicKey, sign: async (data) => ed25519.sign(data, seed) };
}

/**
 * By RFC 8032, strictly: keys of small order and unusual encodings sign nothing. Always @noble's, since the platforms differ
 * in what they let pass.
 */
export async function verifySignature(
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return ed25519.verify(signature, data, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
