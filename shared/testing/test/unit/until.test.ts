import { expect, test } from '@jest/globals';
import { until } from '../../src/index';

test('until resolves when the clock is past the time, and not when it is just there', async () => {
  const readings = [1, 2, 3];
  await until(2, () => readings.shift()!, { intervalMs: 1 });
  expect(readings).toEqual([]);
});

test.each([2000, Number.NaN])('until fails at the time-out when %p has not come', async (timeMs) => {
  await expect(until(timeMs, () => 1000, { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow(
    `It is 1000 on the clock, and not past ${timeMs}.`,
  );
});
