import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quantile } from '../../src/metrics/quantile';

const bounds = [0.001, 0.01, 0.1, 1, 10];
const timeBox = { interruptAfterTimeLimit: 5000 };

function histogramOf(values: readonly number[]) {
  const counts = [...bounds, Number.POSITIVE_INFINITY].map((upTo, index) => {
    return values.filter((value) => value > (bounds[index - 1] ?? 0) && value <= upTo).length;
  });
  return { bounds, counts };
}

const values = fc.array(fc.double({ min: 1e-6, max: 10, noNaN: true }), { minLength: 1 });
const share = fc.double({ min: 0.001, max: 1, noNaN: true });

test('an estimated quantile lies in the bucket of the true one', () => {
  fc.assert(
    fc.property(values, share, (observed, wanted) => {
      const sorted = observed.toSorted((one, other) => one - other);
      const truth = sorted[Math.max(0, Math.ceil(wanted * sorted.length) - 1)]!;
      const bucket = bounds.findIndex((bound) => truth <= bound);
      const estimate = quantile(histogramOf(observed), wanted)!;
      expect(estimate).toBeGreaterThanOrEqual((bounds[bucket - 1] ?? 0) * (1 - 1e-9));
      expect(estimate).toBeLessThanOrEqual(bounds[bucket]! * (1 + 1e-9)); // rounded
    }),
    timeBox,
  );
});

test('a larger share has no smaller quantile', () => {
  fc.assert(
    fc.property(values, share, share, (observed, one, other) => {
      const histogram = histogramOf(observed);
      const small = quantile(histogram, Math.min(one, other))!;
      expect(small).toBeLessThanOrEqual(quantile(histogram, Math.max(one, other))! * (1 + 1e-9));
    }),
    timeBox,
  );
});
