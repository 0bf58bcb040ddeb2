import { x25519 } from '@noble/curves/ed25519';
import { erase } from './bytes';
import { randomBytes } from './random-bytes';
import { importSecret, type Subtle, unshared, type WebKey } from './subtle';

/** X25519. Whatever holds the secret, it does not show it, in `inspect` neither. */
export type AgreementKey = {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. Throws an AgreementError when `theirs` is no key that can be agreed with: the result would be all zeros. */
  agree(theirs: Uint8Array): Promise<Uint8Array>;
};

/** A key that can be forgotten; `agree` throws afterwards. */
export type ErasableAgreementKey = AgreementKey & { erase(): void };

/** The other side's key of X25519 is of no use, which happens only on purpose. */
export class AgreementError extends Error {
  override readonly name = 'AgreementError';
}

/** Of 32 random bytes, which are erased. */
export async function generateAgreementKey(): Promise<ErasableAgreementKey> {
  const secret = randomBytes(32);
  const key = await agreementKeyOf(secret);
  erase(secret);
  return key;
}

/** @param secret 32 bytes; a copy is kept where the platform has no X25519 */
export async function agreementKeyOf(secret: Uint8Array): Promise<ErasableAgreementKey> {
  if (secret.length !== 32) throw new RangeError(`A secret of X25519 has 32 bytes, not ${secret.length}.`);
  const publicKey = x25519.getPublicKey(secret);
  const imported = await importSecret('X25519', secret);
  if (imported === undefined) return nobleAgreementKey(publicKey, Uint8Array.from(secret));
  return webAgreementKey(publicKey, imported);
}

/** Of a key that WebCrypto holds. */
export function webAgreementKey(
  publicKey: Uint8Array,
  held: { readonly subtle: Subtle; readonly key: WebKey },
): ErasableAgreementKey {
  let holder: typeof held | undefined = held;
  return {
    publicKey,
    agree: async (theirs) => {
      const { subtle, key } = presentOrThrow(holder);
      return agreed(theirs, async () => {
        const publicKeyOfTheirs = await subtle.importKey('raw', unshared(theirs), 'X25519', false, []);
        return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: publicKeyOfTheirs }, key, 256));
      });
    },
    erase: () => {
      holder = undefined;
    },
  };
}

function nobleAgreementKey(publicKey: Uint8Array, secret: Uint8Array): ErasableAgreementKey {
  let holder: Uint8Array | undefined = secret;
  return {
    publicKey,
    agree: async (theirs) => {
      const present = presentOrThrow(holder);
      return agreed(theirs, async () => x25519.getSharedSecret(present, theirs));
    },
    erase: () => {
      erase(holder);
      holder = undefined;
    },
  };
}

function presentOrThrow<Holder>(holder: Holder | undefined): Holder {
  if (holder === undefined) throw new Error('This key of X25519 was erased: nothing can be agreed with it any more.');
  return holder;
}

/** Both refuse keys of small order, but not everywhere by an error. */
async function agreed(theirs: Uint8Array, compute: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const shared = theirs.length === 32 ? await compute().catch(() => undefined) : undefined;
  if (shared === undefined || shared.every((byte) => byte === 0)) {
    throw new AgreementError('The other side’s key of X25519 is of no use: nothing can be agreed with it.');
  }
  return shared;
}
