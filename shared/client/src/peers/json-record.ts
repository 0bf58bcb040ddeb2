import { fromBase64, textOf, utf8 } from '../crypto/index';

export type Fields = Readonly<Record<string, unknown>>;

/** A record as stores and peers have it: JSON text of an object whose first field is its version. */
export function recordBytes(fields: object): Uint8Array {
  return utf8(JSON.stringify({ v: 1, ...fields }));
}

/** Nothing when the bytes are no such record, or one of another version. */
export function recordFields(bytes: Uint8Array): Fields | undefined {
  const fields = jsonObject(textOf(bytes) ?? '');
  return fields?.v === 1 ? fields : undefined;
}

export function jsonObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** Of base64 text that has exactly so many bytes. */
export function bytesOfField(value: unknown, length: number): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  return bytes?.length === length ? bytes : undefined;
}
