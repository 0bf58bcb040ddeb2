import { bytesOfBase64 } from '@openrelay/protocol';

const none = new Uint8Array(0);

/** What a field of bytes holds: bytes, or base64 text. Empty for anything else. */
export function bytesIn(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return (typeof value === 'string' && bytesOfBase64(value)) || none;
}

/** The same of `encrypted_data`, where text that is no base64 stands for itself: known devices send plain JSON so. */
export function dataIn(value: unknown): Uint8Array {
  if (typeof value !== 'string') return bytesIn(value);
  return bytesOfBase64(value) ?? new TextEncoder().encode(value);
}
