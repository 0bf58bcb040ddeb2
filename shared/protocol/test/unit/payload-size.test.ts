import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame, freeFieldBytes, pointsOf } from '../../src/index';
import { packr } from '../../src/packr';
import { decoders, jsonFrame, membersText, type SampleType, samplePayloads, taken } from '../sample-messages';

const { encrypted_data: _, ...others } = samplePayloads.Send;

function sizeOfText(literal: string): unknown {
  return taken(decodeJsonFrame(jsonFrame('Send', `{"encrypted_data":${literal},${membersText(others)}}`)));
}

describe('the size that counts', () => {
  test.each([
    ['""', 0],
    ['"abcd"', 4],
    ['"a\\u002Bb\\u002b\\/"', 5],
    ['"\\n\\t\\"\\\\"', 4],
    ['"é"', 2],
    ['"\\u00e9"', 2],
    ['"€"', 3],
    ['"😀"', 4],
    ['"\\ud83d\\ude00"', 4],
    ['"\u007f\u0080\u07ff\u0800\uffff"', 1 + 2 + 2 + 3 + 3],
  ])('of %s is %d bytes', (literal, bytes) => {
    expect(sizeOfText(literal)).toMatchObject({ payloadBytes: bytes });
  });

  test('is the real one, whatever size_bytes claims', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: 'x'.repeat(5000) };
    for (const size_bytes of [0, 1, 5000, 2 ** 40]) {
      const frame = { type: 'Send', payload: { ...payload, size_bytes } };
      expect(decodeJsonFrame(JSON.stringify(frame))).toMatchObject({ payloadBytes: 5000 });
      expect(decodeMessagePackFrame(packr.pack(frame))).toMatchObject({ payloadBytes: 5000 });
    }
  });

  test('of text is told by the platform where that is faster', () => {
    const text = JSON.stringify({ type: 'Send', payload: samplePayloads.Send });
    expect(decodeJsonFrame(text, () => 77)).toMatchObject({ payloadBytes: 77 });
    expect(decodeJsonFrame(text, (value) => Buffer.byteLength(value))).toEqual(decodeJsonFrame(text));
  });

  test('of bytes is their number', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: new Uint8Array(1025).fill(0xff) };
    expect(decodeMessagePackFrame(packr.pack({ type: 'Send', payload }))).toMatchObject({ payloadBytes: 1025 });
  });
});

const free = freeFieldBytes;

describe.each(decoders)('in $encoding, what the other fields hold beyond their free bytes', ({ encoding, decode }) => {
  /** As large as the fields can be that cost nothing, if `note` is as long as this. */
  function roomFor(type: SampleType, payload: object, sealed: readonly unknown[]): number {
    const sizeOf = (value: unknown) => (encoding === 'json' ? JSON.stringify(value) : packr.pack(value)).length;
    const empty = sizeOf({ ...payload, note: 'x'.repeat(1000) }) - 1000;
    expect(taken(decode({ type, payload })).type).toBe(type);
    return free - empty + sealed.reduce<number>((sum, value) => sum + sizeOf(value), 0);
  }

  test.each([
    ['Send', ['encrypted_data']],
    ['AuthRequest', ['public_key', 'challenge']],
    ['AuthVerify', ['challenge_response']],
    ['AuthSuccess', []],
    ['KeyRotationUpdate', ['encrypted_key_package']],
    ['KeyRotationAck', []],
  ] as const)('of a %s counts', (type, sealedFields) => {
    for (const sealed of ['', 'x'.repeat(100), 'x'.repeat(100_000)]) {
      const payload = { ...samplePayloads[type], ...Object.fromEntries(sealedFields.map((name) => [name, sealed])) };
      const room = roomFor(
        type,
        payload,
        sealedFields.map(() => sealed),
      );
      for (const [length, excessBytes] of [
        [0, 0],
        [room, 0],
        [room + 1, 1],
        [room + 100_000, 100_000],
      ] as const) {
        const message = decode({ type, payload: { ...payload, note: 'x'.repeat(length) } });
        // Beyond 64 KiB a text has a longer head in MessagePack.
        const slack = encoding === 'msgpack' && length > 65_535 ? 2 : 0;
        expect(message).toMatchObject({
          payloadBytes: sealed.length * sealedFields.length,
          excessBytes: excessBytes + slack,
        });
      }
    }
  });
});

describe('what other fields hold', () => {
  test('is counted in bytes, as written', () => {
    const wide = { ...samplePayloads.Send, note: '€'.repeat(free) };
    const text = JSON.stringify({ type: 'Send', payload: wide });
    const { encrypted_data: data } = samplePayloads.Send;
    const bytes = Buffer.byteLength(JSON.stringify(wide)) - JSON.stringify(data).length;
    expect(decodeJsonFrame(text)).toMatchObject({ excessBytes: bytes - free });
    expect(decodeJsonFrame(text.replaceAll('€', '\\u20ac'))).toMatchObject({ excessBytes: bytes - free + 3 * free });
  });

  test('is not what escapes add to the data, as the known client writes each +', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: '+'.repeat(100_000) };
    const text = JSON.stringify({ type: 'Send', payload }).replaceAll('+', '\\u002B');
    expect(decodeJsonFrame(text)).toMatchObject({ payloadBytes: 100_000, excessBytes: 0 });
  });
});

describe('points', () => {
  test.each([
    [0, 1, 2],
    [0, 1024, 2],
    [1024, 1025, 3],
    [512 * 1024, 0, 512],
    [512 * 1024, 1, 513],
  ])('for %d bytes and %d of other fields are %d', (bytes, excessBytes, points) => {
    expect(pointsOf(bytes, excessBytes)).toBe(points);
  });

  test.each([
    [0, 1],
    [1, 1],
    [1024, 1],
    [1025, 2],
    [512 * 1024, 512],
    [512 * 1024 + 1, 513],
  ])('for %d bytes are %d', (bytes, points) => {
    expect(pointsOf(bytes)).toBe(points);
  });
});
