import { type AgreementKey, webAgreementKey } from './agreement-key';
import type { SigningKey } from './signing-key';
import { platformSubtle, type Subtle, unshared, type WebKeyPair } from './subtle';

/**
 * Keys that not even this page's own code can read, as a browser keeps them in IndexedDB. Nothing where WebCrypto lacks the
 * curve (Chrome before 137, pages over plain HTTP): `signingKeyOf` and `agreementKeyOf` work there.
 */
export async function generateSigningPair(): Promise<WebKeyPair | undefined> {
  return generatePair('Ed25519', ['sign', 'verify']);
}

export async function generateAgreementPair(): Promise<WebKeyPair | undefined> {
  return generatePair('X25519', ['deriveBits']);
}

export async function signingKeyOfPair({ publicKey, privateKey }: WebKeyPair): Promise<SigningKey> {
  const subtle = presentSubtle();
  const raw = new Uint8Array(await subtle.exportKey('raw', publicKey));
  return {
    publicKey: raw,
    sign: async (data) => new Uint8Array(await subtle.sign('Ed25519', privateKey, unshared(data))),
  };
}

export async function agreementKeyOfPair({ publicKey, privateKey }: WebKeyPair): Promise<AgreementKey> {
  const subtle = presentSubtle();
  return webAgreementKey(new Uint8Array(await subtle.exportKey('raw', publicKey)), { subtle, key: privateKey });
}

async function generatePair(
  curve: string,
  usages: ('sign' | 'verify' | 'deriveBits')[],
): Promise<WebKeyPair | undefined> {
  try {
    return (await platformSubtle()?.generateKey({ name: curve }, false, usages)) as WebKeyPair | undefined;
  } catch {
    return undefined;
  }
}

function presentSubtle(): Subtle {
  const subtle = platformSubtle();
  if (subtle === undefined) throw new Error('There is no WebCrypto here: open this page over HTTPS or from localhost.');
  return subtle;
}
