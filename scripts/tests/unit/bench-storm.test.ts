import { describe, expect, test } from '@jest/globals';
import { commonConditions, type LoadPlan, portOf } from '../../src/bench/load/plan';
import { longestOf } from '../../src/bench/measuring/redis-server';
import { mergeStorms } from '../../src/bench/scenarios/storm';
import { failureOf } from '../../src/bench/worker/storm';

const plan: LoadPlan = { ...commonConditions, ports: [1001, 1002], mode: 'idle' };

describe('a crowd', () => {
  test('is spread evenly over the edges, and half of it comes back to another one', () => {
    const ends = Array.from({ length: plan.connections / 2 }, (_, pair) => pair).flatMap((pair) =>
      ([0, 1] as const).map((end) => [portOf(plan, pair, end, 'first'), portOf(plan, pair, end, 'again')]),
    );
    const countOn1001 = (visit: 0 | 1) => ends.filter((ports) => ports[visit] === 1001).length;
    const moved = ends.filter(([first, again]) => first !== again).length;
    expect([countOn1001(0), countOn1001(1), moved]).toEqual([100, 100, 100]);
  });

  test.each([
    ['the registration was answered {"type":"Error","payload":{"code":503,"message":"x"}}', 'error 503'],
    ['connect ECONNREFUSED', 'connect ECONNREFUSED'],
    ['x'.repeat(1000), 'x'.repeat(40)],
  ])('counts the failure "%.60s" by few words', (reason, failure) => {
    expect(failureOf(reason)).toBe(failure);
  });
});

describe('a storm of several workers', () => {
  test('is all that each of them met', () => {
    const merged = mergeStorms([
      { missing: 1, failures: { a: 1, b: 2 }, registration: [3] },
      { missing: 2, failures: { b: 1 }, registration: [40] },
    ]);
    const registration = [3, 40];
    expect(merged).toEqual({ missing: 3, failures: { a: 1, b: 3 }, registration });
  });
});

describe('the longest command of Redis', () => {
  test('is found among all', () => {
    const info =
      '# Latencystats\r\nlatency_percentiles_usec_evalsha:p100=12058.5\r\nlatency_percentiles_usec_config|set:p100=43.007\r\n';
    expect(longestOf(info)).toEqual({ longestMs: 12.0585, longestCommand: 'evalsha' });
  });

  test('is unknown where the server does not tell', () => {
    expect(longestOf('# Latencystats\r\n')).toStrictEqual({ longestMs: Number.NaN, longestCommand: undefined });
  });
});
