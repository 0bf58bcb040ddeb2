import { concat, fromBase64, open, type RandomBytes, seal, toBase64 } from '../crypto/index';

const nonceBytes = 12;
const nothingBound = new Uint8Array(0);

/** base64(nonce ‖ AES-256-GCM ciphertext ‖ tag), nothing bound to it: the app's `data`. @param key 32 bytes, the pair's */
export async function sealAppClip(key: Uint8Array, plain: Uint8Array, random: RandomBytes): Promise<string> {
  const nonce = random(nonceBytes);
  return toBase64(concat(nonce, await seal(key, nonce, plain, nothingBound)));
}

/** Nothing when it was sealed with another key, or is nothing sealed. */
export async function openAppClip(key: Uint8Array, data: string): Promise<Uint8Array | undefined> {
  const bytes = fromBase64(data);
  if (bytes === undefined || bytes.length < nonceBytes) return undefined;
  return open(key, bytes.slice(0, nonceBytes), bytes.slice(nonceBytes), nothingBound);
}
