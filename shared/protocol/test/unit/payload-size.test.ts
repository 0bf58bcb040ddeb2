import { describe, expect, it } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame, pointsOf } from '../../src/index';
import { packr } from '../../src/packr';
import { jsonFrame, membersText, samplePayloads, taken } from '../sample-messages';

const { encrypted_data: _, ...others } = samplePayloads.Send;

function sizeOfText(literal: string): unknown {
  return taken(decodeJsonFrame(jsonFrame('Send', `{"encrypted_data":${literal},${membersText(others)}}`)));
}

describe('the size that counts', () => {
  it.each([
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

  it('is the real one, whatever size_bytes claims', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: 'x'.repeat(5000) };
    for (const size_bytes of [0, 1, 5000, 2 ** 40]) {
      const frame = { type: 'Send', payload: { ...payload, size_bytes } };
      expect(decodeJsonFrame(JSON.stringify(frame))).toMatchObject({ payloadBytes: 5000 });
      expect(decodeMessagePackFrame(packr.pack(frame))).toMatchObject({ payloadBytes: 5000 });
    }
  });

  it('of text is told by the platform where that is faster', () => {
    const text = JSON.stringify({ type: 'Send', payload: samplePayloads.Send });
    expect(decodeJsonFrame(text, () => 77)).toMatchObject({ payloadBytes: 77 });
    expect(decodeJsonFrame(text, (value) => Buffer.byteLength(value))).toEqual(decodeJsonFrame(text));
  });

  it('of bytes is their number', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: new Uint8Array(1025).fill(0xff) };
    expect(decodeMessagePackFrame(packr.pack({ type: 'Send', payload }))).toMatchObject({ payloadBytes: 1025 });
  });
});

describe('points', () => {
  it.each([
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
