import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const rawKeyBytes = 32;

/** An Ed25519 key that a device claims its id with, and what is signed with it (RESPONSES.md, "Claims"). */
export class ClaimKey {
  private readonly secret: KeyObject;
  /** As `Register` carries it. */
  readonly publicKey: string;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.secret = privateKey;
    this.publicKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-rawKeyBytes).toString('base64');
  }

  /** The signature of `Prove`. */
  prove(hardwareId: string, host: string, nonce: string): string {
    const words = `openrelay-register-v1\0${hardwareId.toUpperCase()}\0${host}\0`;
    const signed = [Buffer.from(words), Buffer.from(nonce, 'base64'), Buffer.from(this.publicKey, 'base64')];
    return sign(null, Buffer.concat(signed), this.secret).toString('base64');
  }
}

/** How a device names another one in its `Contacts`. */
export function contactTag(ownId: string, otherId: string): string {
  const words = `openrelay-contact-v1\0${ownId.toUpperCase()}\0${otherId.toUpperCase()}`;
  return createHash('sha256').update(words).digest('hex').slice(0, 32);
}
