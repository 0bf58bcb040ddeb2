import { describe, expect, test } from '@jest/globals';
import { getNextMillis } from 'bullmq';
import { jobNames, schedule } from '../../src/jobs/schedule';

describe('the schedule', () => {
  test.each(jobNames)('runs %s as often as it says', (job) => {
    const { pattern, everySeconds } = schedule[job];
    const next = (afterMs: number) => getNextMillis(afterMs, { pattern, tz: 'UTC' })!;
    let atMs = next(Date.UTC(2026, 0, 31, 23, 50));
    for (let turn = 0; turn < 20; turn += 1) {
      expect(next(atMs) - atMs).toBe(everySeconds * 1000);
      atMs = next(atMs);
    }
  });

  test.each(jobNames)('says in a sentence why there is %s', (job) => {
    expect(schedule[job].why).toMatch(/^[A-Z].*\w \w.*\.$/);
  });

  test('begins no two of the slow jobs at the same moment', () => {
    const slow = jobNames.filter((job) => schedule[job].everySeconds === 3600);
    const minutes = slow.map((job) => schedule[job].pattern.split(' ')[1]);
    expect(new Set(minutes).size).toBe(slow.length);
  });
});
