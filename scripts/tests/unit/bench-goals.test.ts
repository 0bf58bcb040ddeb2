import { describe, expect, test } from '@jest/globals';
import { atLeast, atMost, isReached } from '../../src/bench/measuring/figure';
import { ratioOf } from '../../src/bench/measuring/ratios';

describe('a goal', () => {
  test('is reached at its limit, from the right side', () => {
    const reached = (value: number) => [isReached(value, atMost(2), 2), isReached(value, atLeast(2), 2)];
    expect([1, 2, 3].map(reached)).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ]);
  });

  test('is not judged without a figure, or on a machine that is too small for it', () => {
    expect(isReached(Number.NaN, atMost(2), 2)).toBeNull();
    expect(isReached(1, atLeast(2, 4), 2)).toBeNull();
    expect(isReached(1, atLeast(2, 4), 4)).toBe(false);
  });
});

describe('a ratio', () => {
  test('is the median of the ratios of the rounds, since both sides of a round met the same machine', () => {
    const compared = ratioOf({ ours: [10, 30, 24], theirs: [10, 20, 20] });
    expect(compared).toEqual({ ours: 24, theirs: 20, ratio: 1.2, least: 1, most: 1.5 });
  });

  test.each([
    ['was not measured', [1, Number.NaN], [1, 1]],
    ['is a share of nothing', [1, 1], [1, 0]],
  ])('that %s in one round is not told', (_, ours, theirs) => {
    const nothing = { ratio: Number.NaN, least: Number.NaN, most: Number.NaN };
    expect(ratioOf({ ours, theirs })).toMatchObject(nothing);
  });
});
