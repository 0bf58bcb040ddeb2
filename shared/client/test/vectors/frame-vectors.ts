import {
  decodeJsonFrame,
  decodeMessagePackFrame,
  type Encoding,
  encodeAck,
  encodeChallenge,
  encodeContactsResponse,
  encodeError,
  encodePong,
  encodeRegisterResponse,
  transcode,
} from '@openrelay/protocol';
import { codecOf } from '../../src/connection/frames/codec';
import type { Payload } from '../../src/index';
import { toBase64, toHex } from '../../src/index';
import { fixedBytes } from './fixed-devices';

const encodings = ['json', 'msgpack'] as const;
const [own, other] = ['a device', 'another device'].map((name) => toHex(fixedBytes(name)).toUpperCase()) as [
  string,
  string,
];
const messageId = '0b4f8f6e-5f0a-4c1e-9d5a-6d1f5b7c2a10';
const expiresAtMs = 1_800_000_060_000;
const text = (name: string, length?: number) => toBase64(fixedBytes(name, length));
const tag = (name: string) => toHex(fixedBytes(name, 16));
const toPeer = { recipient_id: other, hardware_id: own };

type FromDevice = readonly [type: string, payload?: Payload, forwarded?: 'forwarded'];

/** One for each type, and `Register` with all and with nothing of what is optional. */
const fromDevice: readonly FromDevice[] = [
  ['Register', { hardware_id: own }],
  [
    'Register',
    {
      hardware_id: own,
      acks: true,
      public_key: text('a key'),
      succession: text('a succession', 64),
      presence: 'hidden',
    },
  ],
  ['Prove', { signature: text('a signature', 64) }],
  ['Contacts', { accept: 'listed', add: [tag('one')], remove: [], replace: [tag('another'), tag('a third')] }],
  [
    'Send',
    {
      recipient_id: other,
      sender_id: own,
      encrypted_data: Uint8Array.of(0, 1, 2, 253, 254, 255),
      message_id: messageId,
      timestamp: 1_800_000_000,
      ttl: 60,
      signature: null,
      hardware_id: own,
      content_type: 'Other',
      size_bytes: 8,
    },
    'forwarded',
  ],
  ['Ack', { message_id: messageId }],
  ['AuthRequest', { ...toPeer, public_key: text('a share'), challenge: text('a challenge') }, 'forwarded'],
  ['AuthResponse', { ...toPeer, challenge_response: text('a response'), challenge: text('a box') }, 'forwarded'],
  ['AuthVerify', { ...toPeer, challenge_response: text('another response') }, 'forwarded'],
  ['AuthSuccess', { ...toPeer, trusted: true }, 'forwarded'],
  ['KeyRotationUpdate', { ...toPeer, encrypted_key_package: text('a package'), key_id: 2n ** 64n - 1n }, 'forwarded'],
  ['KeyRotationAck', { ...toPeer, key_id: 2n ** 64n - 1n, success: true }, 'forwarded'],
  ['Status', { hardware_id: own, status: 'Away' }],
  ['Ping'],
];

const limits = {
  requests_per_minute: 60,
  requests_left: 59,
  points_per_minute: 512,
  points_left: 500,
  max_message_bytes: 524_288,
  max_ttl_seconds: 604_800,
  queued: 3,
};

const fromRelay: readonly ((encoding: Encoding) => string | Uint8Array)[] = [
  (encoding) => encodeChallenge(encoding, fixedBytes('a nonce'), expiresAtMs),
  (encoding) => encodeRegisterResponse(encoding, own, limits),
  (encoding) => encodeRegisterResponse(encoding, own, limits, true),
  (encoding) => encodeContactsResponse(encoding, 'listed', 2),
  (encoding) => encodeAck(encoding, messageId, 'queued', expiresAtMs),
  (encoding) => encodeAck(encoding, messageId, 'delivered', undefined),
  (encoding) => encodeError(encoding, { code: 429, text: 'Later.', messageId, retryAfterMs: 1_500 }),
  (encoding) => encodePong(encoding),
];

/** Text of JSON as it is, MessagePack in hex. */
function written(encoding: Encoding, frame: string | Uint8Array): string {
  if (encoding === 'json') return typeof frame === 'string' ? frame : new TextDecoder().decode(frame);
  return toHex(frame as Uint8Array);
}

function inBoth(make: (encoding: Encoding) => string | Uint8Array): Record<Encoding, string> {
  const [json, msgpack] = encodings.map((encoding) => written(encoding, make(encoding)));
  return { json: json!, msgpack: msgpack! };
}

/** What the recipient gets, from a sender and for a recipient of either encoding. */
function received(frames: Record<Encoding, string | Uint8Array>): object {
  const json = forwardOf(decodeJsonFrame(frames.json as string));
  const msgpack = forwardOf(decodeMessagePackFrame(frames.msgpack as Uint8Array));
  return {
    json: written('json', json),
    msgpack: written('msgpack', msgpack),
    json_from_msgpack: written('json', transcode(msgpack, 'msgpack')),
    msgpack_from_json: written('msgpack', transcode(json, 'json')),
  };
}

function forwardOf(message: ReturnType<typeof decodeJsonFrame>): string | Uint8Array {
  if ('forward' in message) return message.forward.frame;
  throw new Error(`${message.type} is not forwarded.`);
}

function ofDevice([type, payload, forwarded]: FromDevice): object {
  const encode = (encoding: Encoding) => codecOf(encoding).encode(type, payload);
  const frames = { json: encode('json'), msgpack: encode('msgpack') };
  return { type, from: 'device', ...inBoth(encode), ...(forwarded && { received: received(frames) }) };
}

function ofRelay(make: (encoding: Encoding) => string | Uint8Array): object {
  const { type } = JSON.parse(written('json', make('json'))) as { type: string };
  return { type, from: 'relay', ...inBoth(make) };
}

export async function frameVectors(): Promise<object> {
  return {
    about:
      'Each message of RESPONSES.md, as text of JSON and in MessagePack (hex). Other orders of fields, white space and forms of numbers are as good: compare what you read. `received` is what comes to the other device, from a sender of the same encoding and of the other one.',
    frames: [...fromDevice.map(ofDevice), ...fromRelay.map(ofRelay)],
  };
}
