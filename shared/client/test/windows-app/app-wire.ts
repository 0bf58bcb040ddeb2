/** How the Windows app writes and seals, from what is written about it alone and with Node's own cryptography. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Its JSON writes these as escapes, at both levels. */
export function appJson(value: object): string {
  return JSON.stringify(value).replace(
    /[+'<>&\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** On receipt: base64 when it looks like it, else JSON as it is. */
export function decodeData(text: string): unknown {
  const isBase64 = /^[A-Za-z0-9+/]*={0,3}$/.test(text) && text.length % 4 === 0;
  try {
    return JSON.parse(isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text);
  } catch {
    return undefined;
  }
}

export function sealClip(key: Buffer, plain: Buffer, nonce = randomBytes(12)): string {
  if (plain.length === 0) return '';
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** Throws for another key. */
export function openClip(key: Buffer, data: string): Buffer {
  const bytes = Buffer.from(data, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}
