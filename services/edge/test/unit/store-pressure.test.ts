import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PressureLevel, pressureAt } from '../../src/upkeep/store-pressure';

test.each<[share: number, level: PressureLevel]>([
  [0, 0],
  [0.699, 0],
  [0.7, 1],
  [0.8, 2],
  [0.9, 3],
  [0.999, 3],
  [1, 4],
  [5, 4],
])('a store that fills up to %d of its budget is at level %d', (share, level) => {
  expect(pressureAt(share, 0)).toBe(level);
});

test.each<[share: number, before: PressureLevel, level: PressureLevel]>([
  [0.68, 1, 1],
  [0.66, 1, 0],
  [0.98, 4, 4],
  [0.96, 4, 3],
  [0.88, 4, 3],
  [0.86, 4, 2],
  [0, 4, 0],
])('a store that empties to %d of its budget goes from level %d to %d', (share, before, level) => {
  expect(pressureAt(share, before)).toBe(level);
});

test('a store that goes to and fro by less than 3 % of its budget changes its level once at the most', () => {
  const shares = fc.tuple(
    fc.double({ min: 0, max: 1.2, noNaN: true }),
    fc.array(fc.double({ min: 0, max: 0.029, noNaN: true })),
  );
  fc.assert(
    fc.property(shares, ([lowest, above]) => {
      let level = pressureAt(lowest, 0);
      const first = level;
      let changes = 0;
      for (const more of above) {
        const next = pressureAt(lowest + more, level);
        if (next !== level) changes += 1;
        level = next;
      }
      expect(changes).toBeLessThanOrEqual(1);
      expect(level).toBeGreaterThanOrEqual(first);
    }),
  );
});
