/**
 * The file of a store: `openrelay-store-1` and a line feed, then records. A record is all or nothing: length of the body (u32),
 * 4 bytes of SHA-256 over that, the body, 16 bytes of SHA-256 over the body. A body holds changes, each of: 1 (set) or 0
 * (delete), length of the key (u8), the key, and of what is set its length (u32) and the bytes. Numbers are big-endian.
 */
import { createHash } from 'node:crypto';
import type { Changes } from '@openrelay/client';
import { isSecretRecord } from './secret-records';

export const journalMagic: Uint8Array = Buffer.from('openrelay-store-1\n');
const lengthBytes = 4;
const headBytes = 8;
const checkBytes = 16;
/** A journal with a longer record was not written by us. */
const longestBody = 256 * 1024 * 1024;

export type Records = Map<string, Uint8Array>;

export type Journal = {
  readonly records: Records;
  /** As far as it is whole. */
  readonly wholeBytes: number;
  /** `unfinished`: it ends in the midst of a record, as when the process died while it wrote one. */
  readonly end: 'clean' | 'unfinished' | 'damaged';
  /** `secret`: it still has keys that were erased. */
  readonly past: Past;
};

export type Past = 'harmless' | 'secret';

export function encodeRecord(changes: Changes): Uint8Array {
  const body = Buffer.concat([...changes].flatMap(([key, bytes]) => changeParts(key, bytes)));
  if (body.length > longestBody) throw new RangeError(`A write of ${body.length} bytes is too large for a store.`);
  const length = uint32(body.length);
  return Buffer.concat([length, digest(length, headBytes - lengthBytes), body, digest(body, checkBytes)]);
}

function changeParts(key: string, bytes: Uint8Array | undefined): Uint8Array[] {
  const name = Buffer.from(key, 'latin1');
  const head = Uint8Array.of(bytes === undefined ? 0 : 1, name.length);
  return bytes === undefined ? [head, name] : [head, name, uint32(bytes.length), bytes];
}

/** Bytes that a record takes in a journal by itself. */
export function recordBytes(key: string, bytes: Uint8Array): number {
  return headBytes + 2 + key.length + lengthBytes + bytes.length + checkBytes;
}

export function readJournal(file: Uint8Array): Journal {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const records: Records = new Map();
  if (!bytes.subarray(0, journalMagic.length).equals(journalMagic)) {
    const isBeginning = bytes.equals(journalMagic.subarray(0, bytes.length));
    if (bytes.length === 0) return { records, wholeBytes: 0, end: 'clean', past: 'harmless' };
    return { records, wholeBytes: 0, end: isBeginning ? 'unfinished' : 'damaged', past: 'harmless' };
  }
  let past: Past = 'harmless';
  for (let at = journalMagic.length; ; ) {
    if (at === bytes.length) return { records, wholeBytes: at, end: 'clean', past };
    const body = bodyAt(bytes, at);
    if (typeof body === 'string') return { records, wholeBytes: at, end: body, past };
    if (applyBody(records, body) === 'secret') past = 'secret';
    at += headBytes + body.length + checkBytes;
  }
}

function bodyAt(bytes: Buffer, at: number): Buffer | 'unfinished' | 'damaged' {
  const rest = bytes.subarray(at);
  if (rest.length < headBytes) return 'unfinished';
  const length = rest.readUInt32BE(0);
  if (!rest.subarray(lengthBytes, headBytes).equals(digest(rest.subarray(0, lengthBytes), headBytes - lengthBytes))) {
    // A machine that lost its power may leave a file longer than what was written to it.
    return rest.every((byte) => byte === 0) ? 'unfinished' : 'damaged';
  }
  if (length > longestBody) return 'damaged';
  if (rest.length < headBytes + length + checkBytes) return 'unfinished';
  const body = rest.subarray(headBytes, headBytes + length);
  const check = rest.subarray(headBytes + length, headBytes + length + checkBytes);
  return check.equals(digest(body, checkBytes)) ? body : 'damaged';
}

/** Its check was right, so its parts are where they belong. Answers what it took the place of. */
function applyBody(records: Records, body: Buffer): Past {
  let past: Past = 'harmless';
  for (let at = 0; at < body.length; ) {
    const isSet = body[at] === 1;
    const keyEnd = at + 2 + body[at + 1]!;
    const key = body.toString('latin1', at + 2, keyEnd);
    const end = isSet ? keyEnd + lengthBytes + body.readUInt32BE(keyEnd) : keyEnd;
    if (records.has(key) && isSecretRecord(key)) past = 'secret';
    if (isSet) records.set(key, Uint8Array.from(body.subarray(keyEnd + lengthBytes, end)));
    else records.delete(key);
    at = end;
  }
  return past;
}

function digest(bytes: Uint8Array, length: number): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, length);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUInt32BE(value);
  return bytes;
}
