import { gcm } from '@noble/ciphers/aes';
import { platformSubtle, unshared } from './subtle';

const tagBytes = 16;

/** AES-256-GCM: the ciphertext with its tag of 16 bytes. @param key 32 bytes @param nonce 12 bytes, never twice for a key */
export async function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated: Uint8Array,
): Promise<Uint8Array> {
  checkLengths(key, nonce);
  const subtle = platformSubtle();
  if (subtle === undefined) return gcm(key, nonce, associated).encrypt(plain);
  const imported = await subtle.importKey('raw', unshared(key), 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt(settings(nonce, associated), imported, unshared(plain)));
}

/** What was sealed; nothing when any bit of it, the nonce or what is associated is another, or the key. */
export async function open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Promise<Uint8Array | undefined> {
  checkLengths(key, nonce);
  if (sealed.length < tagBytes) return undefined;
  const subtle = platformSubtle();
  try {
    if (subtle === undefined) return gcm(key, nonce, associated).decrypt(sealed);
    const imported = await subtle.importKey('raw', unshared(key), 'AES-GCM', false, ['decrypt']);
    return new Uint8Array(await subtle.decrypt(settings(nonce, associated), imported, unshared(sealed)));
  } catch {
    return undefined;
  }
}

function settings(nonce: Uint8Array, associated: Uint8Array) {
  return { name: 'AES-GCM', iv: unshared(nonce), additionalData: unshared(associated) };
}

/** WebCrypto would take keys of 16 bytes and nonces of any length. */
function checkLengths(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== 32) throw new RangeError(`A key of AES-256-GCM has 32 bytes, not ${key.length}.`);
  if (nonce.length !== 12) throw new RangeError(`A nonce of AES-256-GCM has 12 bytes, not ${nonce.length}.`);
}
