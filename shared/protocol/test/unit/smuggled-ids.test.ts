import { describe, expect, test } from '@jest/globals';
import { decodeMessagePackFrame, transcode } from '../../src/index';
import { packr } from '../../src/packr';
import { forwardOf, samplePayloads, sender, stranger } from '../sample-messages';

/** The ways in which MessagePack may write a short key. */
const keyForms: { form: string; write: (key: string) => number[] }[] = [
  { form: 'fixstr', write: (key) => [0xa0 | key.length, ...Buffer.from(key)] },
  { form: 'str 8', write: (key) => [0xd9, key.length, ...Buffer.from(key)] },
  { form: 'str 16', write: (key) => [0xda, 0, key.length, ...Buffer.from(key)] },
  { form: 'str 32', write: (key) => [0xdb, 0, 0, 0, key.length, ...Buffer.from(key)] },
  { form: 'overlong UTF-8', write: (key) => overlong(key) },
];

/** The key with its first letter as two bytes, which strict decoders refuse and lenient ones read as that letter. */
function overlong(key: string): number[] {
  const [first, ...rest] = Buffer.from(key);
  return [0xa0 | (key.length + 1), 0xc0 | (first! >> 6), 0x80 | (first! & 63), ...rest];
}

function packedAuth(extra: number[], where: 'first' | 'last'): Uint8Array {
  const [size, ...members] = packr.pack(samplePayloads.AuthVerify).subarray(2);
  const all = where === 'first' ? [...extra, ...members] : [...members, ...extra];
  const head = [...packr.pack('type'), ...packr.pack('AuthVerify'), ...packr.pack('payload')];
  return Uint8Array.from([0x82, ...head, 0xde, 0, size! + 1, ...all]);
}

describe.each(keyForms)('in MessagePack, an id whose key is written as $form', ({ write }) => {
  test.each(['device_id', 'hardware_id', 'recipient_id'])('cannot smuggle a foreign %s past the relay', (key) => {
    for (const where of ['first', 'last'] as const) {
      const decoded = decodeMessagePackFrame(packedAuth([...write(key), ...packr.pack(stranger)], where));
      if (decoded.type === 'refused') {
        expect(decoded.code).toBe(400);
        continue;
      }
      // The id that the sender claims must be its own; the session compares it and refuses another.
      if (!('claimedId' in decoded) || decoded.claimedId !== sender) continue;
      const frame = forwardOf(decoded).frame as Uint8Array;
      for (const arrived of [packr.unpack(frame), JSON.parse(String(transcode(frame, 'msgpack')))]) {
        expect(arrived.payload).toMatchObject({ hardware_id: sender, device_id: sender, recipient_id: sender });
      }
    }
  });
});

test('a key that only resembles an id is a field like any other', () => {
  const key = '\ufeffdevice_id';
  const extra = [...packr.pack(key), ...packr.pack('kept')];
  const { frame } = forwardOf(decodeMessagePackFrame(packedAuth(extra, 'last')));
  expect(packr.unpack(frame as Uint8Array).payload).toMatchObject({ [key]: 'kept', device_id: sender });
});
