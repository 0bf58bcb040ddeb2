import { textOf, utf8 } from '../crypto/index';

export function recordBytes(record: object): Uint8Array {
  return utf8(JSON.stringify({ v: 1, ...record }));
}

/** Nothing when the bytes are no record of this version. What is in it this code wrote itself. */
export function readRecord<Record>(bytes: Uint8Array | undefined): Record | undefined {
  if (bytes === undefined) return undefined;
  try {
    const { v, ...record } = JSON.parse(textOf(bytes) ?? '') as { v: unknown };
    return v === 1 ? (record as Record) : undefined;
  } catch {
    return undefined;
  }
}
