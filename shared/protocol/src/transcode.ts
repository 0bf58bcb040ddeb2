import { base64OfBytes, bytesOfBase64 } from './base64';
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

function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(base64OfBytes(value));
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value) ?? 'null';
  const members = Array.from(value, ([key, member]) => `${JSON.stringify(String(key))}:${writeJson(member)}`);
  return `{${members.join(',')}}`;
}
