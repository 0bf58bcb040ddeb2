import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJsonFrame, decodeMessagePackFrame, transcode } from '../../src/index';
import { packr } from '../../src/packr';
import { forwardedTypes, forwardOf, jsonFrame, membersText, type SampleType, samplePayloads } from '../sample-messages';
import { checkStrictly } from '../strict-msgpack';
import { bounded } from './any-frame';

/** One UTF-16 unit, half of a character often, raw or as an escape, in a string that JSON allows. */
const writtenUnit = fc
  .tuple(fc.oneof(fc.integer({ min: 0xd7fe, max: 0xe001 }), fc.integer({ min: 0x20, max: 0x7e })), fc.nat(2))
  .map(([unit, manner]) => {
    const digits = unit.toString(16).padStart(4, '0');
    if (manner === 0) return JSON.stringify(String.fromCharCode(unit)).slice(1, -1);
    return `\\u${manner === 1 ? digits : digits.toUpperCase()}`;
  });

const writtenText = fc
  .array(
    fc.oneof({ weight: 5, arbitrary: writtenUnit }, { weight: 1, arbitrary: fc.constantFrom('\\\\', '\\"', '\\n') }),
  )
  .map((units) => units.join(''));

const forwarded = fc.constantFrom(...(forwardedTypes as SampleType[]));

describe('a frame of a JSON device, with any text in any place', () => {
  test('is either refused, or understood by every MessagePack device', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(forwarded, writtenText, writtenText, (type, key, value) => {
        const more = `"x${key}":"${value}","list":[{"deep${value}":"${key}"}]`;
        const decoded = decodeJsonFrame(jsonFrame(type, `{${membersText(samplePayloads[type])},${more}}`));
        const isSayable = JSON.parse(`"${key}"`).isWellFormed() && JSON.parse(`"${value}"`).isWellFormed();
        expect(decoded.type === 'refused').toBe(!isSayable);
        if (decoded.type === 'refused') {
          refused += 1;
          return;
        }
        taken += 1;
        checkStrictly(transcode(forwardOf(decoded).frame, 'json') as Uint8Array);
      }),
      bounded,
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(20);
  });
});

/** Bytes that are UTF-8 often, and often nearly. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.nat(100))
    .map(([text, cut]) => Uint8Array.from(Buffer.from(text).subarray(0, cut))),
);

/** As a text of MessagePack, whatever the bytes. */
function packedText(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0xd9, bytes.length, ...bytes]);
}

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.from(Buffer.from(bytes).toString()).equals(Buffer.from(bytes));
}

describe('a frame of a MessagePack device, with any bytes as text in any place', () => {
  test('is either refused, or understood by every JSON device and every strict MessagePack device', () => {
    fc.assert(
      fc.property(forwarded, anyBytes, fc.constantFrom('key', 'value', 'nested'), (type, bytes, place) => {
        const text = packedText(bytes.subarray(0, 255));
        const note = packr.pack('note');
        const member = {
          key: [...packedText(Uint8Array.from([0x78, ...bytes.subarray(0, 250)])), 0xc0],
          value: [...note, ...text],
          nested: [...note, 0x91, 0x81, ...text, ...text],
        }[place];
        const [size, ...members] = packr.pack(samplePayloads[type]).subarray(2);
        const payload = [0xde, 0, size! + 1, ...member, ...members];
        const head = [0x82, ...packr.pack('type'), ...packr.pack(type), ...packr.pack('payload')];
        const decoded = decodeMessagePackFrame(Uint8Array.from([...head, ...payload]));
        expect(decoded.type === 'refused').toBe(!isUtf8(bytes));
        if (decoded.type === 'refused') return;
        const { frame } = forwardOf(decoded);
        checkStrictly(frame as Uint8Array);
        const json = transcode(frame, 'msgpack') as string;
        expect(json.isWellFormed()).toBe(true);
        expect(JSON.parse(json)).toHaveProperty('payload');
      }),
      bounded,
    );
  });
});
