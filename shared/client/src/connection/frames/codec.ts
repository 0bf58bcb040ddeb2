import { base64OfBytes, type Encoding } from '@openrelay/protocol';
import { readKeyId, withKeyId } from './key-id';
import { pack, unpack } from './message-pack';
import type { Payload } from './messages';

export type Frame = { readonly type: string; readonly payload: Payload };

/** How a connection writes and reads frames `{"type", "payload"}`. */
export type Codec = {
  readonly encoding: Encoding;
  /** `encrypted_data` may be bytes, `key_id` a bigint. Throws a RangeError for a `key_id` that does not fit 64 bits. */
  encode(type: string, payload?: Payload): string | Uint8Array;
  /** Undefined for what is no frame. `key_id` is a bigint where it is a whole number. */
  decode(data: unknown): Frame | undefined;
};

const jsonCodec: Codec = {
  encoding: 'json',
  encode(type, payload) {
    if (payload === undefined) return `{"type":"${type}"}`;
    const { key_id: keyId, encrypted_data: data, ...others } = payload;
    const fields =
      data instanceof Uint8Array
        ? { ...others, encrypted_data: base64OfBytes(data) }
        : { ...others, encrypted_data: data };
    const text = JSON.stringify(fields);
    return `{"type":"${type}","payload":${typeof keyId === 'bigint' ? withKeyId(text, keyId) : text}}`;
  },
  decode(data) {
    if (typeof data !== 'string') return undefined;
    const frame = frameOf(parsed(data));
    if (frame?.payload.key_id === undefined) return frame;
    return { ...frame, payload: { ...frame.payload, key_id: readKeyId(data, frame.payload.key_id) } };
  },
};

const messagePackCodec: Codec = {
  encoding: 'msgpack',
  encode: (type, payload) => pack({ type, payload }),
  decode(data) {
    const frame = frameOf(unpacked(data));
    const keyId = frame?.payload.key_id;
    if (frame === undefined || !Number.isSafeInteger(keyId)) return frame;
    return { ...frame, payload: { ...frame.payload, key_id: BigInt(keyId as number) } };
  },
};

export function codecOf(encoding: Encoding): Codec {
  return encoding === 'json' ? jsonCodec : messagePackCodec;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unpacked(data: unknown): unknown {
  try {
    if (data instanceof ArrayBuffer) return unpack(new Uint8Array(data));
    // Of another realm, as in some test environments, it is no `ArrayBuffer` of ours.
    return ArrayBuffer.isView(data) ? unpack(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : undefined;
  } catch {
    return undefined;
  }
}

function frameOf(value: unknown): Frame | undefined {
  if (!isObject(value) || typeof value.type !== 'string') return undefined;
  return { type: value.type, payload: isObject(value.payload) ? value.payload : {} };
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
