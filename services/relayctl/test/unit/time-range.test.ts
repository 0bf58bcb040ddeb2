import { expect, test } from '@jest/globals';
import { CalledWrongly } from '../../src/exit-code';
import { parseInstant } from '../../src/time-range';

const nowMs = Date.UTC(2026, 0, 31, 12);

test.each([
  ['now', nowMs],
  ['90s', nowMs - 90_000],
  ['30m', nowMs - 1_800_000],
  ['2h', nowMs - 7_200_000],
  ['7d', nowMs - 604_800_000],
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T12:00Z', nowMs],
  ['2026-01-31T13:00:00.500+01:00', nowMs + 500],
])('%s is a time', (text, wanted) => expect(parseInstant(text, nowMs)).toBe(wanted));

test.each(['', 'yesterday', '5', '-5m', '5w', '2026-13-01', '2026-01-31T12:00', '1e9d', '9999999d'])(
  '%j is none',
  (text) => {
    expect(() => parseInstant(text, nowMs)).toThrow(CalledWrongly);
  },
);
