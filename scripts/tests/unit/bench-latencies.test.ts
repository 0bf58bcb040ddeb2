import { expect, test } from '@jest/globals';
import { percentileOf } from '@openrelay/telemetry';
import { sortedLatencies } from '../../src/bench/tally/latencies';

test.each([
  [0, 1],
  [50, 100],
  [99, 198],
  [99.9, 200],
  [100, 200],
])('percentile %d of 200 latencies, however they came', (percent, expected) => {
  const sorted = sortedLatencies([Array.from({ length: 200 }, (_, index) => 200 - index)]);
  expect(percentileOf(sorted, percent)).toBe(expected);
});

test('one slow message of a thousand shows in p99.9 only when it is more than one', () => {
  const fast = Array.from({ length: 999 }, () => 0.1);
  expect(percentileOf(sortedLatencies([[...fast, 50]]), 99.9)).toBe(0.1);
  expect(percentileOf(sortedLatencies([[...fast, 50, 50]]), 99.9)).toBe(50);
  expect(percentileOf(sortedLatencies([[...fast, 50]]), 100)).toBe(50);
});

test('nothing is known when nothing was counted', () => {
  expect(percentileOf(sortedLatencies([[], []]), 50)).toBeNaN();
});

test('the latencies of two workers are those of all their messages', () => {
  expect(sortedLatencies([[3, 20, 1], [1]])).toEqual(Float64Array.of(1, 1, 3, 20));
});
