import { maxNesting, maxValues } from './limits';
import type { IsUtf8 } from './well-formed';

/** Where one member of a MessagePack map lies: offsets of key and value. */
export type PackedMember = { key: string; keyStart: number; valueStart: number; valueEnd: number };

/** Keeps a byte order mark as part of a key: without it the key would read as another one. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Bytes of the length field and of the fixed body after a head byte: [lengthBytes, bodyBytes]. Extension types are
 * missing on purpose: no message has one, and a decoder that meets them may build objects of its own classes.
 */
const shapes: Readonly<Record<number, readonly [number, number]>> = {
  192: [0, 0],
  194: [0, 0],
  195: [0, 0],
  196: [1, 0],
  197: [2, 0],
  198: [4, 0], // bin
  202: [0, 4],
  203: [0, 8], // float
  204: [0, 1],
  205: [0, 2],
  206: [0, 4],
  207: [0, 8], // unsigned
  208: [0, 1],
  209: [0, 2],
  210: [0, 4],
  211: [0, 8], // signed
  217: [1, 0],
  218: [2, 0],
  219: [4, 0], // str
};

/** The message completes a sentence about the frame, such as "it ends too early". */
export class MalformedPack extends RangeError {}

function fail(problem: string): never {
  throw new MalformedPack(problem);
}

function readLength(bytes: Uint8Array, at: number, size: number): number {
  if (at + size > bytes.length) fail('ends too early');
  let length = 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + bytes[at + i]!;
  return length;
}

/** How many values follow the head at `at` (a map counts keys and values), and where they begin; 0 for scalars. */
function children(bytes: Uint8Array, at: number): { count: number; next: number } {
  if (at >= bytes.length) fail('ends too early');
  const head = bytes[at]!;
  if (head < 0x80 || head >= 0xe0) return { count: 0, next: at + 1 };
  if (head < 0x90) return { count: (head & 15) * 2, next: at + 1 };
  if (head < 0xa0) return { count: head & 15, next: at + 1 };
  if (head < 0xc0) return { count: 0, next: at + 1 + (head & 31) };
  if (head >= 0xdc) {
    const size = head === 0xdc || head === 0xde ? 2 : 4;
    const entries = readLength(bytes, at + 1, size);
    return { count: head >= 0xde ? entries * 2 : entries, next: at + 1 + size };
  }
  const shape = shapes[head] ?? fail(head === 0xc1 ? 'has a byte of no type' : 'has an extension type');
  return { count: 0, next: at + 1 + shape[0] + readLength(bytes, at + 1, shape[0]) + shape[1] };
}

/** What `skipPacked` checks in bytes that nobody has checked yet. */
type Survey = {
  /** How many more values the frame may hold, keys counted too. */
  valuesLeft: number;
  readonly isUtf8: IsUtf8;
  /** Some text is not UTF-8. */
  hasBadText: boolean;
};

/**
 * The offset after the value at `at`.
 * @param survey absent for bytes that were checked before
 * @throws RangeError when it is cut short, nests too deep or holds too much
 */
export function skipPacked(bytes: Uint8Array, at: number, survey?: Survey, depth = 0): number {
  if (depth > maxNesting) fail('nested too deep');
  let { count, next } = children(bytes, at);
  if (next > bytes.length) fail('ends too early');
  if (survey) {
    survey.valuesLeft -= count;
    if (survey.valuesLeft < 0) fail(`holds more than ${maxValues} keys and values`);
    const headBytes = textHeadBytes(bytes[at]!);
    if (headBytes > 0 && !isText(bytes, at + headBytes, next, survey.isUtf8)) survey.hasBadText = true;
  }
  for (; count > 0; count -= 1) next = skipPacked(bytes, next, survey, depth + 1);
  return next;
}

/** The values of a frame, keys counted too, as far as it can be read; no more than one beyond `maxValues` are counted. */
export function countPackedValues(bytes: Uint8Array): number {
  const survey = { valuesLeft: maxValues, isUtf8: () => true, hasBadText: false };
  try {
    skipPacked(bytes, 0, survey);
  } catch {
    // It is refused when it is read.
  }
  return Math.min(maxValues + 1, maxValues - survey.valuesLeft);
}

/** Bytes before a text, by its head byte; 0 if it is no text. */
function textHeadBytes(head: number): number {
  if (head >= 0xa0 && head < 0xc0) return 1;
  return head >= 0xd9 && head <= 0xdb ? 1 + 2 ** (head - 0xd9) : 0;
}

/** HOT PATH. In texts up to this length the loop below finds ASCII sooner than a call of `isUtf8` would. */
const shortBytes = 80;

function isText(bytes: Uint8Array, start: number, end: number, isUtf8: IsUtf8): boolean {
  if (end - start <= shortBytes) {
    let next = start;
    while (next < end && bytes[next]! < 0x80) next += 1;
    if (next === end) return true;
  }
  return isUtf8(bytes.subarray(start, end));
}

function keyText(bytes: Uint8Array, start: number, end: number): string {
  const headBytes = textHeadBytes(bytes[start]!) || fail('has a key that is no text');
  return decoder.decode(bytes.subarray(start + headBytes, end));
}

/** The members of the map at `at`, in the order written. @throws RangeError when it is no well-formed map */
export function packedMembersOf(bytes: Uint8Array, at = 0): PackedMember[] {
  const head = bytes[at] ?? fail('is empty');
  if ((head & 0xf0) !== 0x80 && head !== 0xde && head !== 0xdf) fail('is no map');
  const { count, next } = children(bytes, at);
  const members: PackedMember[] = [];
  for (let keyStart = next, left = count; left > 0; left -= 2) {
    const valueStart = skipPacked(bytes, keyStart);
    const valueEnd = skipPacked(bytes, valueStart);
    members.push({ key: keyText(bytes, keyStart, valueStart), keyStart, valueStart, valueEnd });
    keyStart = valueEnd;
  }
  return members;
}
