import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';

/** What others know of a device: what a QR code on its screen would show. */
export type PublicIdentity = {
  readonly hardwareId: string;
  /** Base64 of the two raw keys: 32 bytes Ed25519, then 32 bytes X25519. */
  readonly publicKey: string;
  readonly verifyKey: KeyObject;
  readonly agreementKey: KeyObject;
};

export type Identity = PublicIdentity & {
  readonly signKey: KeyObject;
  readonly agreementSecret: KeyObject;
};

const keyBytes = 32;

export function createIdentity(): Identity {
  const signing = generateKeyPairSync('ed25519');
  const agreement = generateKeyPairSync('x25519');
  const raw = Buffer.concat([rawKey(signing.publicKey), rawKey(agreement.publicKey)]);
  return {
    ...readIdentity(raw.toString('base64')),
    signKey: signing.privateKey,
    agreementSecret: agreement.privateKey,
  };
}

/** The id is the hash of the keys, so nobody can show other keys for the same id. Throws for what is no two keys. */
export function readIdentity(publicKey: string): PublicIdentity {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== 2 * keyBytes) throw new Error(`a public key of ${raw.length} bytes came, not of ${2 * keyBytes}`);
  return {
    hardwareId: createHash('sha256').update(raw).digest('hex').toUpperCase(),
    publicKey,
    verifyKey: keyFromRaw('Ed25519', raw.subarray(0, keyBytes)),
    agreementKey: keyFromRaw('X25519', raw.subarray(keyBytes)),
  };
}

export function rawKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

export function keyFromRaw(curve: 'Ed25519' | 'X25519', raw: Uint8Array): KeyObject {
  const jwk = { kty: 'OKP', crv: curve, x: Buffer.from(raw).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

export function sign(statement: string, by: Identity): string {
  return signWith(null, Buffer.from(statement), by.signKey).toString('base64');
}

/** Throws when the signature is not that device's over that statement. */
export function verify(statement: string, signature: string, by: PublicIdentity): void {
  if (!verifyWith(null, Buffer.from(statement), by.verifyKey, Buffer.from(signature, 'base64'))) {
    throw new Error(`the signature is not that of ${by.hardwareId.slice(0, 8)}`);
  }
}
