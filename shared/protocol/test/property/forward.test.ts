import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJsonFrame, decodeMessagePackFrame } from '../../src/index';
import { packr } from '../../src/packr';
import { authTypes, forwardOf, jsonFrame, membersText, samplePayloads, sender, stranger } from '../sample-messages';
import { bounded } from './any-frame';

const idFields = ['hardware_id', 'device_id', 'recipient_id'];
const threeIds = Object.fromEntries(idFields.map((name) => [name, sender]));

/** Unknown members as text, with names that no field of the protocol has. */
const moreMembers = fc
  .dictionary(
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((name) => `x${name}`),
    fc.jsonValue({ maxDepth: 3 }),
    { maxKeys: 4 },
  )
  .map(membersText);

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 3 });

/** Any way to write a key: each letter plain or as an escape. */
function writtenKey(key: string) {
  const letters = key.split('').map((letter) => {
    const digits = letter.charCodeAt(0).toString(16).padStart(4, '0');
    return fc.constantFrom(letter, `\\u${digits}`, `\\u${digits.toUpperCase()}`);
  });
  return fc.tuple(...letters).map((parts) => `"${parts.join('')}"`);
}

describe('whatever else a payload holds', () => {
  test('a Send keeps it byte for byte', () => {
    fc.assert(
      fc.property(moreMembers, space, fc.boolean(), (more, gap, first) => {
        const known = membersText(samplePayloads.Send);
        const members = more === '' ? [known] : first ? [more, known] : [known, more];
        const payload = `{${gap}${members.join(`${gap},${gap}`)}${gap}}`;
        const { frame } = forwardOf(decodeJsonFrame(`${gap}{"type":${gap}"Send"${gap},"payload":${payload}${gap}}`));
        expect(frame).toBe(jsonFrame('Receive', payload));
      }),
      bounded,
    );
  });

  test('an Auth message carries its sender three times and the rest as it was', () => {
    const spoof = fc.constantFrom('device_id', 'x').chain(writtenKey);
    fc.assert(
      fc.property(fc.constantFrom(...authTypes), moreMembers, spoof, fc.nat(2), (type, more, key, at) => {
        const members = [membersText(samplePayloads[type]), `${key}:"${stranger}"`];
        if (more !== '') members.splice(at, 0, more);
        const text = `{${members.join(',')}}`;
        fc.pre(
          Object.keys(JSON.parse(text)).length ===
            Object.keys(JSON.parse(`{${more}}`)).length + Object.keys(samplePayloads[type]).length + 1,
        );
        const { frame } = forwardOf(decodeJsonFrame(jsonFrame(type, text)));
        expect(JSON.parse(String(frame)).payload).toEqual({ ...JSON.parse(text), ...threeIds });
      }),
      bounded,
    );
  });

  test('a packed message keeps it, and is stamped the same', () => {
    const more = fc.dictionary(
      fc.string({ maxLength: 40 }).map((name) => `x${name}`),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(more, (extra) => {
        const send = packr.pack({ type: 'Send', payload: { ...extra, ...samplePayloads.Send } });
        const sendPayload = packr.unpack(Buffer.from(send)).payload;
        expect(packr.unpack(forwardOf(decodeMessagePackFrame(send)).frame as Uint8Array).payload).toEqual(sendPayload);
        const auth = packr.pack({ type: 'AuthVerify', payload: { ...extra, ...samplePayloads.AuthVerify } });
        const authPayload = packr.unpack(Buffer.from(auth)).payload;
        const stamped = packr.unpack(forwardOf(decodeMessagePackFrame(auth)).frame as Uint8Array).payload;
        expect(stamped).toEqual({ ...authPayload, ...threeIds });
      }),
      bounded,
    );
  });
});

test('the size of the data is that of its UTF-8 bytes, with whatever escapes it is written', () => {
  const written = fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), fc.boolean()));
  const { encrypted_data: _, ...others } = samplePayloads.Send;
  fc.assert(
    fc.property(written, (pieces) => {
      const literal = pieces
        .map(([text, escaped]) => (escaped ? escapes(text) : JSON.stringify(text).slice(1, -1)))
        .join('');
      const decoded = decodeJsonFrame(jsonFrame('Send', `{"encrypted_data":"${literal}",${membersText(others)}}`));
      expect(decoded).toMatchObject({ payloadBytes: Buffer.byteLength(pieces.map(([text]) => text).join('')) });
    }),
    bounded,
  );
});

function escapes(text: string): string {
  return Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
