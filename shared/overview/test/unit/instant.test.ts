import { expect, test } from '@jest/globals';
import { parseIsoTime } from '../../src/index';

test.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T12:00Z', Date.UTC(2026, 0, 31, 12)],
  ['2026-01-31T13:00:00.500+01:00', Date.UTC(2026, 0, 31, 12) + 500],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
  ['2026-03-01T00:30+01:00', Date.UTC(2026, 1, 28, 23, 30)],
  ['1970-01-01', 0],
])('%s is a time', (text, wanted) => expect(parseIsoTime(text)).toBe(wanted));

test.each([
  ['', 'nothing'],
  ['1769817600000', 'a number'],
  ['2026-01-31T12:00', 'without a zone'],
  ['2026-13-01', 'no month of the year'],
  ['2026-02-31', 'no day of the month'],
  ['2026-02-29', 'no leap year'],
  ['2026-04-31T12:00Z', 'no day of the month'],
  ['2026-02-30T23:30:00.5-01:00', 'no day of the month'],
  ['2026-01-31T12:00+99:00', 'no zone of the world'],
  ['1969-12-31', 'before 1970'],
  ['2026-01-31\n', 'more than a time'],
])('%j is none: %s', (text) => expect(parseIsoTime(text)).toBeUndefined());
