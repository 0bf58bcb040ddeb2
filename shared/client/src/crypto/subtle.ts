/** By the platform's own types: Node.js has no DOM's. */
export type Subtle = typeof globalThis.crypto.subtle;
export type WebKey = Awaited<ReturnType<Subtle['importKey']>>;
/** As WebCrypto generates it. */
export type WebKeyPair = { readonly publicKey: WebKey; readonly privateKey: WebKey };

/** WebCrypto, which a browser withholds from pages that came over plain HTTP. */
export function platformSubtle(): Subtle | undefined {
  return globalThis.crypto?.subtle;
}

/** WebCrypto's types take no bytes that might be shared between threads; ours never are. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/** What every PKCS #8 form of such a key begins with (RFC 8410); its 32 bytes follow. */
const pkcs8Heads = {
  Ed25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20],
  X25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20],
} as const;

/** Not extractable; nothing where WebCrypto does not know the curve. */
export async function importSecret(
  curve: 'Ed25519' | 'X25519',
  secret: Uint8Array,
): Promise<{ subtle: Subtle; key: WebKey } | undefined> {
  const subtle = platformSubtle();
  if (subtle === undefined) return undefined;
  const form = new Uint8Array(48);
  form.set(pkcs8Heads[curve]);
  form.set(secret, 16);
  try {
    const usage = curve === 'Ed25519' ? 'sign' : 'deriveBits';
    return { subtle, key: await subtle.importKey('pkcs8', form, { name: curve }, false, [usage]) };
  } catch {
    return undefined;
  } finally {
    form.fill(0);
  }
}
