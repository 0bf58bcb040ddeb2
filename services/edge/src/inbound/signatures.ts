import { createPublicKey, type KeyObject, verify } from 'node:crypto';

const ed25519Bytes = 32;
const coordinateBytes = 32;

/** @param bytes 32 of Ed25519, or 65 of P-256: 4, x, y. Answers nothing when they are no point of the curve. */
export function readPublicKey(bytes: Buffer): KeyObject | undefined {
  const coordinate = (start: number) => bytes.toString('base64url', start, start + coordinateBytes);
  const jwk =
    bytes.length === ed25519Bytes
      ? { kty: 'OKP', crv: 'Ed25519', x: coordinate(0) }
      : { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + coordinateBytes) };
  try {
    return createPublicKey({ format: 'jwk', key: jwk });
  } catch {
    return undefined;
  }
}

/** @param signature of Ed25519; or of ECDSA with SHA-256: r and s, 32 bytes each, as WebCrypto writes them */
export function isSigned(text: Buffer, key: KeyObject, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, text, key, signature);
  return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
