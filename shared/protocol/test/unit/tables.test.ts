import { describe, expect, test } from '@jest/globals';
import { closeCodes, deviceKeyOf, errorCodes, errorTable, isHardwareId } from '../../src/index';
import { recipient, sender } from '../sample-messages';

describe('the error table', () => {
  test('has each meaning once, in words of its own, in the order of the codes', () => {
    const words = Object.values(errorTable).map(({ when }) => when);
    expect(new Set(words).size).toBe(words.length);
    const codes = Object.values(errorTable).map(({ code }) => code);
    expect(codes).toEqual(codes.toSorted((one, other) => one - other));
  });

  test('has the codes of the protocol that this relay can give', () => {
    expect(errorCodes).toEqual([202, 400, 401, 403, 404, 413, 429, 503, 507, 509]);
  });
});

describe('the close codes', () => {
  test('are all different, and may be sent by an endpoint', () => {
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect((code > 1000 && code < 1015) || (code >= 4000 && code < 5000)).toBe(true);
  });

  test('are those of the protocol', () => {
    const numbers = Object.fromEntries(Object.entries(closeCodes).map(([name, { code }]) => [name, code]));
    expect(numbers).toMatchObject({ tooBig: 1009, restart: 1012, tryLater: 1013, replaced: 4001, flooding: 4008 });
  });
});

describe('a hardware id', () => {
  test('is 64 or 32 hex digits in any case', () => {
    for (const id of [sender, recipient, sender.toLowerCase(), recipient.toUpperCase()])
      expect(isHardwareId(id)).toBe(true);
    for (const id of ['', 'a'.repeat(33), 'g'.repeat(32), `${sender}\n`, `0x${'a'.repeat(30)}`, 'ａ'.repeat(32)]) {
      expect(isHardwareId(id)).toBe(false);
    }
  });

  test('is the same device in whatever case it is written', () => {
    expect(deviceKeyOf(sender.toLowerCase())).toBe(deviceKeyOf(sender));
  });
});
