import { readExactJson } from './json-read';
import type { Encoding } from './messages';
import { mapUnpackr, packr } from './packr';

const textDecoder = new TextDecoder();

/** The field that is base64 text in JSON and bytes in MessagePack. */
const bytesField = 'encrypted_data';

/**
 * A frame for a device of the other encoding. Bytes become base64 text; the base64 text of `encrypted_data` becomes
 * bytes. Whole numbers keep all their digits either way.
 */
export function transcode(frame: string | Uint8Array, from: Encoding): string | Uint8Array {
  if (from === 'msgpack') return writeJson(mapUnpackr.unpack(frame as Uint8Array));
  const text = typeof frame === 'string' ? frame : textDecoder.decode(frame);
  const { type, payload } = readExactJson(text) as { type: string; payload: Record<string, unknown> };
  const data = payload[bytesField];
  if (typeof data === 'string') payload[bytesField] = bytesOfBase64(data) ?? data;
  return packr.pack({ type, payload });
}

function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    // Text stays text unless its bytes give the very same text back.
    return base64OfBytes(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function base64OfBytes(bytes: Uint8Array): string {
  let binary = '';
  // In slices, since a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(base64OfBytes(value));
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value) ?? 'null';
  const members = Array.from(value, ([key, member]) => `${JSON.stringify(String(key))}:${writeJson(member)}`);
  return `{${members.join(',')}}`;
}
