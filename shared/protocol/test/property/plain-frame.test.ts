import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DeviceMessage, decodeJsonFrame, decodePlainFrame, type Refusal } from '../../src/index';
import { jsonFrame, membersText, messageId, recipient, samplePayloads, sender } from '../sample-messages';
import { bounded, nearlyValidFrame } from './any-frame';

const platform = {
  latin1(bytes: Uint8Array, start: number, end: number): string {
    expect(start <= end && end <= bytes.length).toBe(true);
    return Buffer.from(bytes).toString('latin1', start, end);
  },
  allocate: (length: number) => new Uint8Array(length),
  find: (bytes: Uint8Array, text: string, from: number) => Buffer.from(bytes).indexOf(text, from, 'latin1'),
};

/** With and without a text of the data; a long frame is a `Send`. */
function plain(text: string, ownId = sender) {
  const read = (longBytes: number) =>
    decodePlainFrame(Uint8Array.from(Buffer.from(text)), ownId, { ...platform, longBytes });
  const [short, long] = [read(Number.POSITIVE_INFINITY), read(0)];
  if (short?.type !== 'Ack') expect(long).toEqual(short);
  else expect(long).toBeUndefined();
  return short;
}

/** The same with the forwarded frame as text, however it is kept. */
function readable(message: DeviceMessage | Refusal) {
  return 'forward' in message ? { ...message, forward: Buffer.from(message.forward.frame).toString() } : message;
}

/** @throws when both read a frame, and read something else in it */
function checkSame(text: string): void {
  const message = plain(text);
  if (message !== undefined) expect(readable(message)).toEqual(readable(decodeJsonFrame(text)));
}

const sendText = jsonFrame('Send', JSON.stringify(samplePayloads.Send));
const ackText = jsonFrame('Ack', JSON.stringify(samplePayloads.Ack));
const withMember = (member: string) => jsonFrame('Send', `{${membersText(samplePayloads.Send)},${member}}`);

describe('what is read fast is read as every other frame is', () => {
  test('when it is nearly valid', () => {
    const text = nearlyValidFrame.map((frame) => JSON.stringify(frame));
    fc.assert(fc.property(text, checkSame), bounded);
  });

  test('when a piece of a valid one is replaced by anything', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('"', ',', '0', '":', '{}', '\\'),
    );
    const mutation = fc.record({ text: fc.constantFrom(sendText, ackText), at: fc.nat(500), length: fc.nat(9), piece });
    fc.assert(
      fc.property(mutation, ({ text, at, length, piece: other }) => {
        checkSame(text.slice(0, at % text.length) + other + text.slice((at % text.length) + length));
      }),
      { ...bounded, numRuns: 20_000 },
    );
  });

  test('when a member stands in another place, or twice', () => {
    const members = Object.entries(samplePayloads.Send).map(([key, value]) => `"${key}":${JSON.stringify(value)}`);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(members, { minLength: members.length - 1 }),
        fc.subarray(members),
        (some, more) => {
          checkSame(jsonFrame('Send', `{${[...some, ...more.slice(0, 1)].join(',')}}`));
        },
      ),
      bounded,
    );
  });
});

describe('what is read fast', () => {
  test('is a compact Send, in any order, with or without a signature, of any length', () => {
    for (const length of [0, 1, 2, 3, 4, 5000]) {
      const { signature: _, ...payload } = { ...samplePayloads.Send, encrypted_data: 'x'.repeat(length) };
      expect(plain(jsonFrame('Send', JSON.stringify(payload)))).toMatchObject({ type: 'Send', payloadBytes: length });
      const members = Object.entries({ ...payload, signature: null }).reverse();
      expect(plain(jsonFrame('Send', JSON.stringify(Object.fromEntries(members))))).toMatchObject({ type: 'Send' });
    }
  });

  test('is a compact Ack', () => {
    expect(plain(ackText, '')).toEqual({ type: 'Ack', messageId });
  });
});

describe('what is left to the other decoder', () => {
  test.each([
    ['a field twice', withMember('"ttl":60')],
    [
      'a field twice, empty at first',
      sendText.replace('"content_type":"Text"', '"content_type":"","content_type":"Text"'),
    ],
    ['an unknown field', withMember('"more":1')],
    ['an escape', sendText.replace('c2VhbGVk', 'c2V\\/')],
    ['other characters', sendText.replace('c2VhbGVk', 'c2Vä')],
    ['a control character', sendText.replace('c2VhbGVk', 'c2V\u0001')],
    ['a control character at the end', `${sendText}\n`],
    ['white space', sendText.replace(',', ', ')],
    ['something behind it', `${sendText}}`],
    ['a number that begins with 0', sendText.replace('"ttl":3600', '"ttl":03600')],
    ['a number with a fraction', sendText.replace('"ttl":3600', '"ttl":3600.0')],
    ['a number too long to be exact', sendText.replace('"ttl":3600', `"ttl":${'9'.repeat(16)}`)],
    ['no number at all', sendText.replace('"ttl":3600', '"ttl":')],
    ['an id that is no text', sendText.replace(`"${recipient}"`, '7')],
    ['a value that has no end', sendText.slice(0, -12)],
    ['a Send in the name of another', sendText.replaceAll(sender, 'C3'.repeat(32))],
    ['an Ack of no UUID', ackText.replace(messageId, 'mine')],
    ['nothing', ''],
  ])('%s', (_name, text) => {
    expect(plain(text)).toBeUndefined();
  });

  test('a Send of a connection without an id', () => {
    const unnamed = JSON.stringify({ ...samplePayloads.Send, hardware_id: '', sender_id: '' });
    expect(plain(jsonFrame('Send', unnamed), '')).toBeUndefined();
  });
});
