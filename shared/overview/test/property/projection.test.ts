import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { projectedBytes } from '../../src/projection';

const timeBox = { interruptAfterTimeLimit: 5000 };

test('a projection is never below what was used already', () => {
  const amount = fc.integer({ min: 0, max: 2 ** 40 });
  const instant = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2035, 0) });
  fc.assert(
    fc.property(instant, amount, fc.array(amount), (nowMs, usedBytes, days) => {
      const projected = projectedBytes({ nowMs, usedBytes, wholeDays: days.map((bytes) => ({ bytes })) });
      expect(projected).toBeGreaterThanOrEqual(usedBytes);
      expect(Number.isFinite(projected)).toBe(true);
    }),
    timeBox,
  );
});
