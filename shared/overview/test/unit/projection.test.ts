import { describe, expect, test } from '@jest/globals';
import { projectedBytes } from '../../src/projection';

const days = (...amounts: number[]) => amounts.map((bytes) => ({ bytes }));

describe("the month's projected bandwidth", () => {
  test('without whole days is what was used, by the elapsed share of the month', () => {
    const nowMs = Date.UTC(2026, 5, 16); // half of June
    expect(projectedBytes({ nowMs, usedBytes: 500, wholeDays: [] })).toBe(1000);
    expect(projectedBytes({ nowMs, usedBytes: 500, wholeDays: days(90) })).toBe(1000);
  });

  test('with several whole days goes on as the last of them', () => {
    const nowMs = Date.UTC(2026, 5, 16);
    expect(projectedBytes({ nowMs, usedBytes: 500, wholeDays: days(10, 30) })).toBe(500 + 15 * 20);
  });

  test('looks back seven days and no further', () => {
    const nowMs = Date.UTC(2026, 5, 16);
    const wholeDays = days(1_000_000, 1, 1, 1, 1, 1, 1, 1);
    expect(projectedBytes({ nowMs, usedBytes: 500, wholeDays })).toBe(515);
  });

  test('in the first moment of a month does not make a flood of the first message', () => {
    const nowMs = Date.UTC(2026, 5, 1) + 1;
    expect(projectedBytes({ nowMs, usedBytes: 100, wholeDays: [] })).toBeLessThanOrEqual(100 * 30 * 24 + 100);
  });

  test('goes over the end of a year', () => {
    expect(projectedBytes({ nowMs: Date.UTC(2026, 11, 31), usedBytes: 30, wholeDays: days(7, 7) })).toBe(37);
  });
});
