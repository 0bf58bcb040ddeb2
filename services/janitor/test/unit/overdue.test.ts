import { expect, test } from '@jest/globals';
import { isOverdue } from '../../src/scheduling/is-overdue';

const nowMs = 1_795_000_000_000;
const plan = { job: 'sweep', everySeconds: 10, why: '', runs: 0, failures: 0 };
const long = 3_600_000;

test.each([
  ['began in time', { ...plan, lastStartedAtMs: nowMs - 19_000 }, long, false],
  ['began too long ago', { ...plan, lastStartedAtMs: nowMs - 21_000 }, long, true],
  ['began too long ago, and was tried here just now', { ...plan, lastStartedAtMs: nowMs - 21_000 }, 5000, false],
  [
    "began in what is now the future: Redis's clock was set back",
    { ...plan, lastStartedAtMs: nowMs + long },
    long,
    true,
  ],
  ['never began, and was scheduled just now', plan, 5000, false],
  ['never began', plan, 11_000, true],
  ['has no record: Redis was emptied', 'forgotten' as const, 0, true],
  ['has a record that cannot be read, and was tried in time', 'unreadable' as const, 19_000, false],
  ['has a record that cannot be read', 'unreadable' as const, 21_000, true],
])('a job that %s', (_, record, sinceTriedMs, expected) => {
  expect(isOverdue({ record, everySeconds: 10, nowMs, sinceTriedMs })).toBe(expected);
});
