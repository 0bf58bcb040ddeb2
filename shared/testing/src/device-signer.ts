import { createHash, generateKeyPairSync, type KeyObject, sign, webcrypto } from 'node:crypto';

export type KeyKind = 'Ed25519' | 'P-256';

type Sign = (bytes: Uint8Array) => Promise<Uint8Array>;

const { subtle } = webcrypto;

/**
 * A key that a device may bind its id to, as the author of a device would write it from RESPONSES.md: Ed25519 by Node.js,
 * P-256 by WebCrypto. It shares nothing with the relay's own check.
 */
export class DeviceSigner {
  private constructor(
    /** Raw: 32 bytes, or 65. */
    readonly publicKey: Uint8Array,
    private readonly sign: Sign,
  ) {}

  static async make(kind: KeyKind = 'Ed25519'): Promise<DeviceSigner> {
    return kind === 'Ed25519' ? DeviceSigner.ofEd25519() : DeviceSigner.ofP256();
  }

  static ofEd25519(): DeviceSigner {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return new DeviceSigner(lastBytesOf(publicKey, 32), async (bytes) => sign(null, bytes, privateKey));
  }

  private static async ofP256(): Promise<DeviceSigner> {
    const kind = { name: 'ECDSA', namedCurve: 'P-256' };
    const { publicKey, privateKey } = await subtle.generateKey(kind, false, ['sign', 'verify']);
    const raw = new Uint8Array(await subtle.exportKey('raw', publicKey));
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    return new DeviceSigner(raw, async (bytes) => new Uint8Array(await subtle.sign(how, privateKey, bytes)));
  }

  /** Base64, as `Register` carries it. */
  get shown(): string {
    return Buffer.from(this.publicKey).toString('base64');
  }

  /** What `Prove` carries. @param nonce base64, as `Challenge` carries it */
  prove(hardwareId: string, host: string, nonce: string): Promise<string> {
    const nonceBytes = Buffer.from(nonce, 'base64');
    return this.signed(['openrelay-register-v1', hardwareId.toUpperCase(), host], nonceBytes, this.publicKey);
  }

  /** The `succession` that lets another key take the place of this one. */
  succeededBy(hardwareId: string, { publicKey }: Pick<DeviceSigner, 'publicKey'>): Promise<string> {
    return this.signed(['openrelay-succession-v1', hardwareId.toUpperCase()], publicKey);
  }

  private async signed(texts: readonly string[], ...bytes: Uint8Array[]): Promise<string> {
    const text = Buffer.from(texts.map((each) => `${each}\0`).join(''), 'latin1');
    return Buffer.from(await this.sign(Buffer.concat([text, ...bytes]))).toString('base64');
  }
}

/** Of the DER form, whose end is the raw key. */
function lastBytesOf(key: KeyObject, count: number): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-count));
}

/** The tag under which a device lists another one. */
export function contactTag(own: string, other: string): string {
  const text = ['openrelay-contact-v1', own.toUpperCase(), other.toUpperCase()].join('\0');
  return createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 32);
}
