import { describe, expect, jest, test } from '@jest/globals';
import { Packr } from 'msgpackr';
import { decodeJsonFrame, decodeMessagePackFrame, maxValues, transcode } from '../../src/index';
import { authTypes, forwardedTypes, forwardOf, jsonFrame, refusalOf, samplePayloads, sender } from '../sample-messages';

const anySize = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true });

/** Everything in this frame that counts: `type` and `payload`, and what the payload holds. */
function valuesOf(payload: object): number {
  return 4 + 2 * Object.keys(payload).length;
}

function withMembers(payload: object, count: number): object {
  const more = Array.from({ length: count }, (_, i) => [`x${i}`, i]);
  return { ...payload, ...Object.fromEntries(more) };
}

/** As many members more as a frame may have. */
function fullest(payload: object): object {
  return withMembers(payload, (maxValues - valuesOf(payload)) / 2);
}

const frames = [
  { encoding: 'json', decode: (frame: object) => decodeJsonFrame(JSON.stringify(frame)) },
  { encoding: 'msgpack', decode: (frame: object) => decodeMessagePackFrame(anySize.pack(frame)) },
] as const;

describe.each(frames)('in $encoding', ({ decode }) => {
  test.each(forwardedTypes)('a %s of as many members as are allowed is taken, and of one more it is not', (type) => {
    const payload = fullest(samplePayloads[type]);
    expect(decode({ type, payload }).type).toBe(type);
    const refusal = refusalOf(decode({ type, payload: { ...payload, one: 1 } }));
    expect(refusal).toMatchObject({
      code: 400,
      text: expect.stringContaining(`more than ${maxValues} keys and values`),
    });
  });

  test('values of all levels count', () => {
    for (const note of [
      Array(maxValues).fill(1),
      Array(maxValues / 2).fill([1]),
      Array(maxValues / 2).fill({ a: 1 }),
    ]) {
      const payload = { ...samplePayloads.AuthSuccess, note };
      expect(refusalOf(decode({ type: 'AuthSuccess', payload })).text).toContain('keys and values');
    }
  });

  test.each(authTypes)('an %s of more members than a 16-bit map holds is refused', (type) => {
    for (const count of [65_530, 65_536, 110_000]) {
      const payload = withMembers(samplePayloads[type], count);
      expect(refusalOf(decode({ type, payload })).text).toContain('keys and values');
    }
  });

  test('what stands in a text counts for nothing', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: '{[,:"\\'.repeat(2 * maxValues) };
    expect(decode({ type: 'Send', payload }).type).toBe('Send');
  });
});

test('an Auth message of as many members as are allowed leaves as the map that it is', () => {
  const payload = fullest(samplePayloads.AuthSuccess);
  const { frame } = forwardOf(decodeMessagePackFrame(anySize.pack({ type: 'AuthSuccess', payload })));
  const stamped = { hardware_id: sender, device_id: sender, recipient_id: sender };
  expect(anySize.unpack(frame as Uint8Array)).toEqual({ type: 'AuthSuccess', payload: { ...payload, ...stamped } });
});

test('text that is no JSON is refused, wherever it ends', () => {
  const long = JSON.stringify({ type: 'Send', payload: { ...samplePayloads.Send, note: 'x"\\'.repeat(maxValues) } });
  for (let end = long.length; end > long.length - 40; end -= 1) {
    expect(decodeJsonFrame(long.slice(0, end)).type).toBe(end === long.length ? 'Send' : 'refused');
  }
});

/** How often a character of a text is looked at while something is read. */
function looksOf(read: () => void): number {
  const looks = jest.spyOn(String.prototype, 'charCodeAt');
  read();
  const { length } = looks.mock.calls;
  looks.mockRestore();
  return length;
}

test('a frame for a MessagePack device is read once, however deep it nests', () => {
  const space = ' '.repeat(5000);
  const nested = (levels: number) =>
    jsonFrame('Receive', `{"note":${'['.repeat(levels)}${space}${']'.repeat(levels)}}`);
  const [flat, deep] = [1, 60].map((levels) => looksOf(() => transcode(nested(levels), 'json')));
  expect(deep).toBeLessThan(2 * flat!);
});

test('a number of a hundred thousand digits is what JSON makes of it', () => {
  const payload = anySize.unpack(transcode(jsonFrame('T', `{"n":${'9'.repeat(100_000)}}`), 'json') as Uint8Array);
  expect(payload).toEqual({ type: 'T', payload: { n: Number.POSITIVE_INFINITY } });
});
