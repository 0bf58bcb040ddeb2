/** Encryption between two devices: the relay carries what `seal` makes and can do nothing with it. */
import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Identity, keyFromRaw, type PublicIdentity, rawKey, sign, verify } from './identity';

export type SealedText = {
  readonly encryptedData: string;
  readonly signature: string;
};

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** X25519 with a key of this message alone, HKDF-SHA256 (RFC 5869), AES-256-GCM; base64 of key, nonce, tag, ciphertext. */
export function seal(text: string, from: Identity, to: PublicIdentity): SealedText {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', messageKey(privateKey, to.agreementKey, publicKey), nonce);
  cipher.setAAD(participants(from, to));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const encryptedData = Buffer.concat([rawKey(publicKey), nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
  return { encryptedData, signature: sign(encryptedData, from) };
}

/** Throws when the text was not sealed by that device for this one, or was changed on its way. */
export function unseal(sealed: SealedText, from: PublicIdentity, to: Identity): string {
  verify(sealed.encryptedData, sealed.signature, from);
  const { publicKey, nonce, tag, ciphertext } = split(Buffer.from(sealed.encryptedData, 'base64'));
  const key = messageKey(to.agreementSecret, publicKey, publicKey);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(participants(from, to));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
}

function split(bytes: Buffer) {
  const nonceEnd = keyBytes + nonceBytes;
  const tagEnd = nonceEnd + tagBytes;
  return {
    publicKey: keyFromRaw('X25519', bytes.subarray(0, keyBytes)),
    nonce: bytes.subarray(keyBytes, nonceEnd),
    tag: bytes.subarray(nonceEnd, tagEnd),
    ciphertext: bytes.subarray(tagEnd),
  };
}

function messageKey(privateKey: KeyObject, publicKey: KeyObject, messagePublicKey: KeyObject): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, rawKey(messagePublicKey), 'openrelay demo', keyBytes));
}

function participants(from: PublicIdentity, to: PublicIdentity): Buffer {
  return Buffer.from(`${from.hardwareId} ${to.hardwareId}`);
}
