import { erase, randomBytes } from '@openrelay/client';

/** Secrets as a browser keeps them that knows no keys of their curves: under a key of its own that nobody can read. */
export type SealedSeeds = { readonly key: CryptoKey; readonly nonce: Uint8Array; readonly bytes: ArrayBuffer };

const seedBytes = 32;

/** Of the signing and the agreement key. The page can open them: weaker than keys that it cannot read, on the disk as good. */
export async function sealNewSeeds(): Promise<SealedSeeds> {
  const nonce = Uint8Array.from(randomBytes(12));
  const seeds = Uint8Array.from(randomBytes(2 * seedBytes));
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, seeds);
  erase(seeds);
  return { key, nonce, bytes };
}

/** @param use the seeds are erased when it has resolved */
export async function withSeeds<Made>(
  { key, nonce, bytes }: SealedSeeds,
  use: (signing: Uint8Array, agreement: Uint8Array) => Promise<Made>,
): Promise<Made> {
  const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: Uint8Array.from(nonce) }, key, bytes);
  const seeds = new Uint8Array(opened);
  try {
    return await use(seeds.slice(0, seedBytes), seeds.slice(seedBytes));
  } finally {
    erase(seeds);
  }
}
