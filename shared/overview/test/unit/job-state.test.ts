import { expect, test } from '@jest/globals';
import { jobStateAt } from '../../src/views';

const nowMs = 1_000_000_000;
const job = { job: 'sweep', everySeconds: 60, why: 'memory comes back', runs: 1, failures: 0 };

test.each([
  ['never ran', 'never ran', {}],
  ['runs for the first time', 'well', { lastStartedAtMs: nowMs - 1000 }],
  ['succeeded three intervals ago', 'well', { lastStartedAtMs: nowMs - 180_000, lastSucceededAtMs: nowMs - 180_000 }],
  ['succeeded longer ago', 'late', { lastStartedAtMs: nowMs - 180_001, lastSucceededAtMs: nowMs - 180_001 }],
  ['starts again and again without an end', 'late', { lastStartedAtMs: nowMs, lastSucceededAtMs: nowMs - 200_000 }],
  ['never came back from its first run', 'late', { lastStartedAtMs: nowMs - 200_000 }],
  ['failed last', 'failing', { lastStartedAtMs: nowMs, lastSucceededAtMs: nowMs - 1000, lastError: 'Redis is away' }],
] as const)('a job that %s is: %s', (_, state, times) => {
  expect(jobStateAt(nowMs, { ...job, ...times })).toBe(state);
});
