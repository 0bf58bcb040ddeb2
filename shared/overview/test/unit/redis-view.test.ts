import { expect, test } from '@jest/globals';
import { problemsOfRedis, redisView } from '../../src/index';

const health = {
  version: '7.0.15',
  policy: 'noeviction',
  appendOnly: 'yes',
  disk: 'well',
  role: 'master',
  replicas: 0,
} as const;
const master = (usedBytes: number, limitBytes: number) => ({ ...health, usedBytes, limitBytes });

test.each([
  ['well', [master(80, 100)], 80],
  ['nearly full', [master(81, 100)], 81],
  ['full', [master(100, 100)], 100],
  ['nearly full', [master(500, 1000), master(95, 100)], 95],
  ['well', [master(500, 1000), master(5000, 0)], 500],
] as const)('Redis is %s by its fullest master: %j', (state, masters, usedBytes) => {
  expect(redisView(masters)).toMatchObject({ state, usedBytes });
});

test('of a Redis without a limit no limit is told', () => {
  expect(redisView([master(500, 0)])).toEqual({
    state: 'well',
    usedBytes: 500,
    limitBytes: null,
    disk: 'well',
    policy: 'noeviction',
  });
});

test('one master that cannot write to its disk is a fault', () => {
  const view = redisView([master(5, 0), { ...master(5, 0), disk: 'failing' }]);
  expect(view.disk).toBe('failing');
  expect(problemsOfRedis(view)).toEqual(['Redis cannot write to its disk']);
  expect(problemsOfRedis(redisView([master(5, 0)]))).toEqual([]);
});

test('one master that may throw keys away is a fault', () => {
  const view = redisView([master(5, 0), { ...master(5, 0), policy: 'volatile-ttl' }]);
  expect(view.policy).toBe('volatile-ttl');
  expect(problemsOfRedis(view)).toEqual(['Redis may throw messages away (maxmemory-policy volatile-ttl)']);
});
