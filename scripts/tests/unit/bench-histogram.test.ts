import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from '@jest/globals';
import { Histogram, type Latencies } from '../../src/bench/tally/histogram';

function histogramOf(milliseconds: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of milliseconds) histogram.addMs(value);
  return histogram;
}

/** 0.001, 0.002 … `count` thousandths. */
function* microsecondsUpTo(count: number): Generator<number> {
  for (let value = 1; value <= count; value += 1) yield value / 1000;
}

describe('the latency histogram', () => {
  test('is exact below 256 µs', () => {
    const histogram = histogramOf(microsecondsUpTo(200));
    expect(histogram.percentileMs(50)).toBe(0.1);
    expect(histogram.percentileMs(99)).toBe(0.198);
    expect(histogram.percentileMs(99.9)).toBe(0.2);
    expect(histogram.percentileMs(0)).toBe(0.001);
  });

  test.each([50, 90, 99, 99.9])('is never below the true percentile %d, and under 1 %% above it', (percent) => {
    const count = 300_000;
    const truth = Math.ceil((percent / 100) * count) / 1000;
    const measured = histogramOf(microsecondsUpTo(count)).percentileMs(percent)!;
    expect(measured).toBeGreaterThanOrEqual(truth);
    expect(measured).toBeLessThan(truth * 1.01);
  });

  test.each([0.255, 0.256, 0.257, 0.511, 0.512, 1.023, 65.535, 65.536, 2_000_000])(
    'puts %d ms into a step that holds it',
    (value) => {
      // A longer one beside it, because the longest is known exactly.
      const measured = histogramOf([value, value * 1.5]).percentileMs(50)!;
      expect(measured).toBeGreaterThanOrEqual(value);
      expect(measured).toBeLessThan(value * 1.01 + 0.001);
    },
  );

  test('shows one slow message of a thousand in p99.9 only when it is more than one', () => {
    const fast = Array.from({ length: 999 }, () => 0.1);
    expect(histogramOf([...fast, 50]).percentileMs(99.9)).toBe(0.1);
    expect(histogramOf([...fast, 50, 50]).percentileMs(99.9)).toBe(50);
    expect(histogramOf([...fast, 50]).percentileMs(100)).toBe(50);
  });

  test('knows nothing when nothing was counted', () => {
    expect(new Histogram().percentileMs(50)).toBeNaN();
  });

  test('takes a negative latency as 0 and a huge one as the highest it knows', () => {
    expect(histogramOf([-5]).percentileMs(50)).toBe(0);
    expect(histogramOf([1e12]).percentileMs(50)).toBe((2 ** 31 - 1) / 1000);
  });

  test('of two workers is the histogram of all their messages', () => {
    const handedOver = [
      [1, 2, 3],
      [1, 40],
    ].map((values) => deserialize(serialize(histogramOf(values))) as Latencies);
    expect(Histogram.of(handedOver)).toEqual(histogramOf([1, 2, 3, 1, 40]));
  });
});
