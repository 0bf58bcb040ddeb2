import { describe, expect, test } from '@jest/globals';
import {
  type Encoding,
  encodeAck,
  encodeChallenge,
  encodeContactsResponse,
  encodeError,
  encodePong,
  encodeRegisterResponse,
} from '../../src/index';
import { packr } from '../../src/packr';
import { messageId, sender } from '../sample-messages';

const expiresAtMs = 1_760_000_000_123;
const limits = {
  requests_per_minute: 60,
  requests_left: 59,
  points_per_minute: 512,
  points_left: 511,
  max_message_bytes: 1_048_576,
  max_ttl_seconds: 604_800,
  queued: 3,
};

function read(frame: string | Uint8Array): unknown {
  return typeof frame === 'string' ? JSON.parse(frame) : packr.unpack(frame);
}

describe.each<Encoding>(['json', 'msgpack'])('for a %s device', (encoding) => {
  /** 64-bit integers of MessagePack are read as bigint; a float would be read as a number. */
  const whole = (value: number) => (encoding === 'json' ? value : BigInt(value));

  test('frames are text or bytes', () => {
    expect(typeof encodePong(encoding)).toBe(encoding === 'json' ? 'string' : 'object');
  });

  test('a RegisterResponse names the id twice, and the limits', () => {
    const payload = { hardware_id: sender, device_id: sender, limits };
    expect(read(encodeRegisterResponse(encoding, sender, limits))).toEqual({ type: 'RegisterResponse', payload });
  });

  test('a RegisterResponse says that the id is claimed only where it is', () => {
    const payload = { hardware_id: sender, device_id: sender, limits, claimed: true };
    expect(read(encodeRegisterResponse(encoding, sender, limits, true))).toEqual({ type: 'RegisterResponse', payload });
    expect(encodeRegisterResponse(encoding, sender, limits, false)).toEqual(
      encodeRegisterResponse(encoding, sender, limits),
    );
  });

  test('a Challenge has its nonce in base64, and its end', () => {
    const nonce = new Uint8Array(32).fill(251);
    expect(read(encodeChallenge(encoding, nonce, expiresAtMs))).toEqual({
      type: 'Challenge',
      payload: { nonce: Buffer.from(nonce).toString('base64'), expires_at: whole(expiresAtMs) },
    });
  });

  test('a ContactsResponse says who is accepted, and how many are listed', () => {
    expect(read(encodeContactsResponse(encoding, 'listed', 12))).toEqual({
      type: 'ContactsResponse',
      payload: { accept: 'listed', listed: 12 },
    });
  });

  test('an Ack says what became of the message and how long it is kept', () => {
    expect(read(encodeAck(encoding, messageId, 'queued', expiresAtMs))).toEqual({
      type: 'Ack',
      payload: { message_id: messageId, status: 'queued', expires_at: whole(expiresAtMs) },
    });
  });

  test('an Ack of what was handed on and not stored has no expiry', () => {
    expect(read(encodeAck(encoding, messageId, 'delivered', undefined))).toEqual({
      type: 'Ack',
      payload: { message_id: messageId, status: 'delivered' },
    });
  });

  test('an Error has its code and words, and the rest only when there is one', () => {
    expect(read(encodeError(encoding, { code: 404, text: 'Not "here".' }))).toEqual({
      type: 'Error',
      payload: { message: 'Not "here".', code: 404 },
    });
    const refusal = { code: 429, text: 'Slower.', messageId: 'as "written"', retryAfterMs: 1500 } as const;
    expect(read(encodeError(encoding, refusal))).toEqual({
      type: 'Error',
      payload: { message: 'Slower.', code: 429, message_id: 'as "written"', retry_after_ms: 1500 },
    });
  });

  test('a Pong is nothing but its type', () => {
    expect(read(encodePong(encoding))).toEqual({ type: 'Pong' });
  });
});

test('the expiry of an Ack is an integer in MessagePack, since decoders of typed languages take no float there', () => {
  const frame = encodeAck('msgpack', messageId, 'queued', expiresAtMs) as Uint8Array;
  const at = Buffer.from(frame).indexOf('expires_at') + 'expires_at'.length;
  expect([0xcf, 0xd3]).toContain(frame[at]);
});
