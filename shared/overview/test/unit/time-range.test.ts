import { describe, expect, test } from '@jest/globals';
import { BadTimeRange, parseTime, readTimeRange } from '../../src/index';

const nowMs = Date.UTC(2026, 0, 31, 12);
const hourMs = 3_600_000;

describe('a time', () => {
  test.each([
    ['now', nowMs],
    ['90s', nowMs - 90_000],
    ['30m', nowMs - 1_800_000],
    ['2h', nowMs - 2 * hourMs],
    ['7d', nowMs - 168 * hourMs],
    ['1769817600000', 1_769_817_600_000],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T12:00Z', nowMs],
    ['2026-01-31T13:00:00.500+01:00', nowMs + 500],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['2026-03-01T00:30+01:00', Date.UTC(2026, 1, 28, 23, 30)],
    ['1970-01-01', 0],
  ])('can be written as %s', (text, wanted) => expect(parseTime('from', text, nowMs)).toBe(wanted));

  test.each<[unknown, string]>([
    ['', 'nothing'],
    ['yesterday', 'a word'],
    ['5', 'a number that is no time'],
    ['-5m', 'in the future'],
    ['5w', 'in weeks'],
    ['1e9d', 'a number in another form'],
    ['9999999d', 'longer ago than there are times'],
    ['999999999999999', 'after the years of four digits'],
    ['2026-01-31T12:00', 'without a zone'],
    ['2026-13-01', 'no month of the year'],
    ['2026-02-31', 'no day of the month'],
    ['2026-02-29', 'no leap year'],
    ['2026-04-31T12:00Z', 'no day of the month'],
    ['2026-02-30T23:30:00.5-01:00', 'no day of the month'],
    ['2026-01-31T12:00+99:00', 'no zone of the world'],
    ['1969-12-31', 'before 1970'],
    ['2026-01-31\n', 'more than a time'],
    [['1769817600000', '2'], 'more than one'],
  ])('cannot be %j: %s', (value) => {
    expect(() => parseTime('from', value, nowMs)).toThrow(
      /^from is .+ must be a time: now, .+ Unix milliseconds, or ISO 8601/,
    );
  });
});

function sentenceFor(asked: Record<string, unknown>): string {
  try {
    readTimeRange(asked, nowMs);
  } catch (error) {
    if (error instanceof BadTimeRange) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a time range', () => {
  test('is the last hour by the minute, when nothing is said', () => {
    expect(readTimeRange({}, nowMs)).toEqual({ fromMs: nowMs - hourMs, toMs: nowMs, step: 'minute' });
  });

  test('begins an hour before `to`, when that alone is said', () => {
    const toMs = nowMs - 5 * hourMs;
    expect(readTimeRange({ to: String(toMs), step: 'hour' }, nowMs)).toEqual({
      fromMs: toMs - hourMs,
      toMs,
      step: 'hour',
    });
  });

  test.each([
    [{ from: '2026-01-02', to: '2026-01-01' }, 'must not be after'],
    [{ from: '2020-01-01' }, 'at most 1500'],
    [{ from: '2020-01-01', step: 'hour' }, 'longer step (minute, hour, day)'],
    [{ step: 'week' }, 'minute, hour, day'],
    [{ step: ['minute', 'hour'] }, 'minute, hour, day'],
    [{ step: 'constructor' }, 'minute, hour, day'],
    [{ from: 'yesterday' }, 'must be a time'],
    [{ since: '1' }, 'there are from, to and step'],
  ])('%j is refused with what is allowed', (asked, allowed) => {
    const sentence = sentenceFor(asked);
    expect(sentence).toContain(allowed);
    expect(sentence).toMatch(/^[^\n]{10,300}\.$/);
  });

  test('does not repeat a long nonsense in full', () => {
    expect(sentenceFor({ step: 'x'.repeat(5000) }).length).toBeLessThan(200);
  });

  test('has 1500 points, and not 1501', () => {
    expect(sentenceFor({ from: String(nowMs - 1499 * 60_000) })).toBe('accepted');
    expect(sentenceFor({ from: String(nowMs - 1500 * 60_000) })).toContain('1501 points');
    expect(sentenceFor({ to: '2030-01-01', from: '1h' })).toBe('accepted'); // none of them lies in the future
  });
});
