import { deepStrictEqual, ok } from 'node:assert/strict';
import {
  type DeviceMessage,
  decodeJsonFrame,
  decodeMessagePackFrame,
  type Refusal,
  transcode,
} from '@openrelay/protocol';
import { Packr } from 'msgpackr';

const strict = new Packr({ useRecords: false, mapsAsObjects: false, int64AsType: 'bigint' });

/** What JSON says, in one form: -0 and 0, and any white space, are the same. */
const meaningOf = (json: string): string => JSON.stringify(JSON.parse(json));

function forwardOf(decoded: DeviceMessage | Refusal): string | Uint8Array | undefined {
  if (decoded.type === 'refused') {
    ok(decoded.code === 400 && decoded.text.length > 0 && decoded.text.isWellFormed(), 'a refusal that says nothing');
    return undefined;
  }
  return 'forward' in decoded ? decoded.forward.frame : undefined;
}

/**
 * Whatever text a JSON device sends: it is refused with 400, or what is forwarded says the same to devices of both encodings.
 * @throws what the relay must never throw, and an AssertionError for a promise that it breaks
 */
export function readJson(bytes: Buffer): void {
  const frame = forwardOf(decodeJsonFrame(bytes.toString()));
  if (frame === undefined) return;
  const json = String(frame);
  const packed = transcode(json, 'json') as Uint8Array;
  ok(strict.unpack(packed) instanceof Map, 'a frame that is no map');
  const again = transcode(packed, 'msgpack') as string;
  ok(again.isWellFormed(), 'a frame with half of a character');
  deepStrictEqual(meaningOf(again), meaningOf(json));
}

/** The same for whatever bytes a MessagePack device sends. */
export function readPacked(bytes: Buffer): void {
  const frame = forwardOf(decodeMessagePackFrame(bytes));
  if (frame === undefined) return;
  ok(strict.unpack(frame as Uint8Array) instanceof Map, 'a frame that is no map');
  const json = transcode(frame as Uint8Array, 'msgpack') as string;
  ok(json.isWellFormed(), 'a frame with half of a character');
  ok(typeof (JSON.parse(json) as { type: unknown }).type === 'string', 'a frame without a type');
}
