import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { pack, unpack } from '../../src/connection/frames/message-pack';

/** The relay's own library. */
const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });

const wide = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.maxSafeInteger(),
    fc.integer({ min: -200, max: 300 }),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    wide,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ maxLength: 40 }).filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
}));

/** Node's Buffer for bytes, and bigint for numbers that fit: the other library's ways. */
function plain(read: unknown): unknown {
  if (read instanceof Uint8Array) return Uint8Array.from(read);
  if (typeof read === 'bigint' && Number.isSafeInteger(Number(read))) return Number(read);
  if (Array.isArray(read)) return read.map(plain);
  if (typeof read !== 'object' || read === null) return read;
  return Object.fromEntries(Object.entries(read).map(([key, member]) => [key, plain(member)]));
}

test('what is packed is read back, here and by the library of the relay', () => {
  fc.assert(
    fc.property(value, (any) => {
      const packed = pack(any);
      expect(unpack(packed)).toEqual(any);
      expect(plain(packr.unpack(packed))).toEqual(any);
    }),
    { numRuns: 200 },
  );
});

test('what the library of the relay packs is read', () => {
  fc.assert(
    fc.property(value, (any) => {
      expect(unpack(packr.pack(any))).toEqual(any);
    }),
    { numRuns: 200 },
  );
});

test('bytes of any kind are read or refused, and hold nobody up', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        unpack(bytes);
      } catch (error) {
        // Of another realm than Jest's own.
        expect((error as Error).name).toMatch(/^(?:Range|Type)Error$/);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a list that claims four thousand million items', [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['bytes that claim to be longer than the frame', [0xc6, 0xff, 0xff, 0xff, 0xff, 1]],
  ['an extension', [0xd4, 1, 2]],
  ['text that is not UTF-8', [0xa1, 0xff]],
  ['something behind the end', [0xc0, 0xc0]],
  ['nesting without end', Array.from({ length: 100 }, () => 0x91)],
  ['nothing', []],
])('%s is refused', (_what, bytes) => {
  expect(() => unpack(Uint8Array.from(bytes))).toThrow();
});

test('a member that is called __proto__ is a member', () => {
  const packed = packr.pack(new Map([['__proto__', { isAdmin: true }]]));
  const read = unpack(packed) as Record<string, unknown>;
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(read.isAdmin).toBeUndefined();
});
