import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { transcode } from '../../src/index';
import { packr } from '../../src/packr';
import { bounded } from './any-frame';

/** msgpackr renames this key when it reads; a test of its own says so. */
const plainName = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((name) => !/^__proto__?$/.test(name));

const wholeNumber = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });

/** The text of any JSON value, whole numbers of 64 bits included; numbers in the form that JSON.stringify gives them. */
const { jsonText } = fc.letrec<{ jsonText: string }>((tie) => ({
  jsonText: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    wholeNumber.map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('jsonText'), { maxLength: 4 }).map((elements) => `[${elements.join(',')}]`),
    fc.uniqueArray(fc.tuple(plainName, tie('jsonText')), { selector: ([name]) => name, maxLength: 4 }).map(objectText),
  ),
}));

function objectText(members: [string, string][]): string {
  // JavaScript puts names that look like array indexes first, whoever parses: those are prefixed.
  return `{${members.map(([name, value]) => `${JSON.stringify(`x${name}`)}:${value}`).join(',')}}`;
}

const frameText = fc
  .uniqueArray(fc.tuple(plainName, jsonText), { selector: ([name]) => name, maxLength: 5 })
  .map((members) => `{"type":"Receive","payload":${objectText(members)}}`);

describe('a frame of a JSON device', () => {
  test('comes back from MessagePack as it was, digit for digit', () => {
    fc.assert(
      fc.property(frameText, (text) => {
        expect(transcode(transcode(text, 'json'), 'msgpack')).toBe(text);
      }),
      bounded,
    );
  });

  test('keeps its data, whether that is base64 or not', () => {
    const data = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.string({ unit: fc.constantFrom('A', 'Q', 'g', '=', '-', '_', '+', '/', ' ', '\n') }),
    );
    fc.assert(
      fc.property(data, (encrypted_data) => {
        const text = JSON.stringify({ type: 'Receive', payload: { encrypted_data } });
        expect(transcode(transcode(text, 'json'), 'msgpack')).toBe(text);
      }),
      bounded,
    );
  });
});

test('bytes of a MessagePack device come back from JSON as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), wholeNumber, (encrypted_data, key_id) => {
      const frame = { type: 'Receive', payload: { encrypted_data, key_id } };
      const back = packr.unpack(transcode(transcode(packr.pack(frame), 'msgpack'), 'json') as Uint8Array);
      expect(Buffer.from(back.payload.encrypted_data)).toEqual(Buffer.from(encrypted_data));
      expect(BigInt(back.payload.key_id)).toBe(key_id);
    }),
    bounded,
  );
});
