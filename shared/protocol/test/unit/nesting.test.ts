import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame, maxNesting } from '../../src/index';
import { packr } from '../../src/packr';
import { forwardedTypes, jsonFrame, membersText, refusalOf, samplePayloads } from '../sample-messages';

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

function jsonWith(type: (typeof forwardedTypes)[number], levels: number): string {
  return jsonFrame(type, `{"note":${nested(levels)},${membersText(samplePayloads[type])}}`);
}

function packedWith(type: (typeof forwardedTypes)[number], levels: number): Uint8Array {
  const [size, ...members] = packr.pack(samplePayloads[type]).subarray(2);
  const head = [0x82, ...packr.pack('type'), ...packr.pack(type), ...packr.pack('payload'), 0xde, 0, size! + 1];
  return Buffer.concat([
    Uint8Array.from([...head, ...packr.pack('note')]),
    Buffer.alloc(levels - 1, 0x91),
    Uint8Array.from([0x90, ...members]),
  ]);
}

describe.each(forwardedTypes)('a %s', (type) => {
  test('may nest as deep as the limit says', () => {
    expect(decodeJsonFrame(jsonWith(type, maxNesting - 2)).type).toBe(type);
    expect(decodeMessagePackFrame(packedWith(type, maxNesting - 2)).type).toBe(type);
  });

  test('that nests deeper is refused', () => {
    for (const levels of [maxNesting + 1, 1000, 100_000]) {
      expect(refusalOf(decodeJsonFrame(jsonWith(type, levels))).code).toBe(400);
      expect(refusalOf(decodeMessagePackFrame(packedWith(type, levels))).code).toBe(400);
    }
  });
});

test('frames that are nothing but depth are refused and never throw', () => {
  for (const levels of [65, 10_000, 500_000]) {
    expect(refusalOf(decodeJsonFrame(nested(levels))).code).toBe(400);
    expect(refusalOf(decodeJsonFrame('['.repeat(levels))).code).toBe(400);
    expect(refusalOf(decodeJsonFrame(`${`{"payload":`.repeat(levels)}1${'}'.repeat(levels)}`)).code).toBe(400);
    expect(refusalOf(decodeMessagePackFrame(new Uint8Array(levels).fill(0x91))).code).toBe(400);
    expect(refusalOf(decodeMessagePackFrame(new Uint8Array(levels).fill(0x81))).code).toBe(400);
    expect(refusalOf(decodeMessagePackFrame(new Uint8Array(levels).fill(0xdd))).code).toBe(400);
  }
});

test('depth in a message that is not forwarded never throws', () => {
  const text = jsonFrame('Ack', `{"note":${nested(100_000)},${membersText(samplePayloads.Ack)}}`);
  expect(() => decodeJsonFrame(text)).not.toThrow();
});
