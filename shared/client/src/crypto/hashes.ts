import { hkdf as nobleHkdf } from '@noble/hashes/hkdf';
import { hmac } from '@noble/hashes/hmac';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2';

// WebCrypto has these as promises alone, and no SHA-256 in pieces; what they take here is short, files apart.

/** 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return nobleSha256(data);
}

/** In pieces, for what is too large to hold. */
export class Sha256 {
  private readonly hash = nobleSha256.create();

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  /** Of all so far; more may follow. */
  digest(): Uint8Array {
    return this.hash.clone().digest();
  }
}

/** RFC 2104 with SHA-256: 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, data);
}

/** RFC 5869 with SHA-256. @param salt may be empty @param bytes at most 8,160 */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): Uint8Array {
  return nobleHkdf(nobleSha256, secret, salt, info, bytes);
}
