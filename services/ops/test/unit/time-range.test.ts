import { expect, test } from '@jest/globals';
import { BadQuery, readTimeRange } from '../../src/time-range';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const hourMs = 3_600_000;

function sentenceFor(query: Record<string, unknown>): string {
  try {
    readTimeRange(query, nowMs);
  } catch (error) {
    if (error instanceof BadQuery) return error.message;
    throw error;
  }
  return 'accepted';
}

test('the last hour by the minute, when nothing is said', () => {
  expect(readTimeRange({}, nowMs)).toEqual({ fromMs: nowMs - hourMs, toMs: nowMs, step: 'minute' });
});

test('an hour before `to`, when that alone is said', () => {
  const toMs = nowMs - 5 * hourMs;
  expect(readTimeRange({ to: String(toMs), step: 'hour' }, nowMs)).toEqual({
    fromMs: toMs - hourMs,
    toMs,
    step: 'hour',
  });
});

test('times are Unix milliseconds or ISO 8601', () => {
  const expected = { fromMs: Date.UTC(2026, 0, 31), toMs: Date.UTC(2026, 0, 31, 10), step: 'minute' };
  expect(readTimeRange({ from: '2026-01-31', to: '2026-01-31T12:00+02:00' }, nowMs)).toEqual(expected);
  expect(readTimeRange({ from: '1769817600000', to: '2026-01-31T10:00:00.000Z' }, nowMs)).toEqual(expected);
});

test.each([
  [{ from: '2026-01-02', to: '2026-01-01' }, 'must not be after'],
  [{ from: '2020-01-01' }, 'at most 1500'],
  [{ from: '2020-01-01', step: 'hour' }, 'longer step (minute, hour, day)'],
  [{ step: 'week' }, 'minute, hour, day'],
  [{ step: ['minute', 'hour'] }, 'minute, hour, day'],
  [{ step: 'constructor' }, 'minute, hour, day'],
  [{ from: 'yesterday' }, 'Unix milliseconds, or ISO 8601'],
  [{ from: '2026-01-31T12:00' }, 'Unix milliseconds, or ISO 8601'],
  [{ from: '2026-13-31' }, 'Unix milliseconds, or ISO 8601'],
  [{ from: '' }, 'Unix milliseconds, or ISO 8601'],
  [{ to: '999999999999999' }, 'Unix milliseconds, or ISO 8601'],
  [{ to: ['1', '2'] }, 'Unix milliseconds, or ISO 8601'],
  [{ since: '1' }, 'there are from, to and step'],
])('%j is refused with what is allowed', (query, allowed) => {
  const sentence = sentenceFor(query);
  expect(sentence).toContain(allowed);
  expect(sentence).toMatch(/^[^\n]{10,300}\.$/);
});

test('a long nonsense is not repeated in full', () => {
  expect(sentenceFor({ step: 'x'.repeat(5000) }).length).toBeLessThan(200);
});

test('1500 points are answered, 1501 are not', () => {
  const toMs = nowMs;
  expect(sentenceFor({ from: String(toMs - 1499 * 60_000), to: String(toMs) })).toBe('accepted');
  expect(sentenceFor({ from: String(toMs - 1500 * 60_000), to: String(toMs) })).toContain('1501 points');
});
