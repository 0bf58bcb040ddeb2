import { elementsOf, membersOf } from './json-scan';
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
  const { type, payload } = readJson(text) as { type: string; payload: Record<string, unknown> };
  const data = payload[bytesField];
  if (typeof data === 'string') payload[bytesField] = bytesOfBase64(data) ?? data;
  return packr.pack({ type, payload });
}

function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    // Text that would not come back as it was is no base64 of ours, and stays text.
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

/** `JSON.parse` with whole numbers beyond 2^53 as bigint. The text was checked before. */
function readJson(text: string): unknown {
  const first = text[0];
  if (first === '{') {
    const entries = membersOf(text).map(({ key, valueStart, valueEnd }) => [
      JSON.parse(`"${key}"`),
      readJson(text.slice(valueStart, valueEnd)),
    ]);
    return Object.fromEntries(entries);
  }
  if (first === '[') return elementsOf(text).map(readJson);
  return /^-?\d{10,}$/.test(text) ? wholeNumber(text) : JSON.parse(text);
}

/**
 * MessagePack has 64-bit integers, which the library writes for bigints alone. What is larger goes as the nearest float,
 * as it would in JSON.
 */
function wholeNumber(text: string): number | bigint {
  const exact = BigInt(text);
  if (exact >= -(2n ** 31n) && exact < 2n ** 32n) return Number(text);
  const fits = BigInt.asUintN(64, exact) === exact || BigInt.asIntN(64, exact) === exact;
  return fits ? exact : Number(text);
}

function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(base64OfBytes(value));
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value) ?? 'null';
  const members = Array.from(value, ([key, member]) => `${JSON.stringify(String(key))}:${writeJson(member)}`);
  return `{${members.join(',')}}`;
}
