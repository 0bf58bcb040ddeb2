import { expect, test } from '@jest/globals';
import { madeUpRecipients } from '../../src/abuse/attacks/storing';
import { faultsOf, missesOf } from '../../src/abuse/figures';
import type { AttackOutcome } from '../../src/abuse/scene';

const quiet = { sent: 200, p50: 2, p99: 10 };

/** Of an attack that nobody noticed, with what is given in place of it. */
function outcomeWith({ watched, ...changes }: Partial<Omit<AttackOutcome, 'watched'>> & { watched?: object } = {}) {
  const unnoticed = {
    redisBytes: 100,
    edgeBytes: 100,
    edgeCores: 0.5,
    redisCores: 0.5,
    asked: 40,
    unanswered: {},
    edgesEnded: 0,
    newcomers: 40,
    newcomersRefused: 0,
  };
  const outcome: AttackOutcome = {
    attack: madeUpRecipients,
    tally: {},
    before: quiet,
    during: quiet,
    after: quiet,
    refused: {},
    lost: 0,
    disconnections: 0,
    recoveredMs: 0,
    stoodStillMs: 0,
    budgetBytes: 1000,
    ...changes,
    watched: { ...unnoticed, ...watched },
  };
  return outcome;
}

test('an attack that nobody noticed has no fault and missed no figure', () => {
  expect(faultsOf(outcomeWith())).toEqual([]);
  expect(missesOf(outcomeWith())).toEqual([]);
});

test.each([
  ['a refused message', { refused: { 507: 1 } }, 'Messages of bystanders were refused: 507 × 1.'],
  ['a lost message', { lost: 1 }, '1 messages of bystanders were lost.'],
  ['an edge that ended', { watched: { edgesEnded: 1 } }, '1 edges ended.'],
  [
    'Redis above its budget and a tenth',
    { watched: { redisBytes: 1101 } },
    'Redis had 1101 bytes, and its budget is 1000.',
  ],
])('%s is a fault on any machine', (_, changes, fault) => {
  expect(faultsOf(outcomeWith(changes))).toEqual([fault]);
});

test('Redis may have a tenth more than its budget', () => {
  expect(faultsOf(outcomeWith({ watched: { redisBytes: 1100 } }))).toEqual([]);
});

test.each([
  [10, 50, 0],
  [10, 50.1, 1],
  [40, 80, 0],
  [40, 80.1, 1],
  [10, Number.POSITIVE_INFINITY, 1],
])('from %d ms (p99) to %d ms: %d figures missed', (before, during, missed) => {
  const spans = { before: { ...quiet, p99: before }, during: { ...quiet, p99: during } };
  expect(missesOf(outcomeWith(spans))).toHaveLength(missed);
});

test('who is not served as before, and a page that does not answer, are missed figures', () => {
  expect(missesOf(outcomeWith({ recoveredMs: null }))).toHaveLength(1);
  expect(missesOf(outcomeWith({ watched: { unanswered: { 'ops page': 1 } } }))).toHaveLength(1);
});

test('a refused newcomer counts only where somebody knows addresses', () => {
  const watched = { newcomersRefused: 1 };
  expect(missesOf(outcomeWith({ watched }))).toEqual([]);
  expect(missesOf(outcomeWith({ watched, attack: { ...madeUpRecipients, through: 'haproxy' } }))).toHaveLength(1);
});
