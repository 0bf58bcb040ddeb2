import { describe, expect, test } from '@jest/globals';
import { UsageError } from '@openrelay/launch';
import { checkConnections } from '../../src/bench/load/load-workers';
import { commonConditions, pairsOf, portOf, type WorkerPlan } from '../../src/bench/load/plan';
import { compareHelpText, helpText, readCompareOptions, readOptions } from '../../src/bench/options';
import { scenarios } from '../../src/bench/scenarios';

describe('the command line', () => {
  test('runs what takes no more than a minute each, with its own defaults, when nothing is said', () => {
    expect(readOptions([])).toStrictEqual({
      scenarios: 'throughput throughput-4000 throughput-12000 latency idle memory storm drain large large-400'.split(
        ' ',
      ),
      overrides: {},
      workers: undefined,
      redisUrl: undefined,
      output: 'table',
    });
  });

  test('takes what is said', () => {
    const conditions = '--rate 50 --connections=4 --senders all --placement local';
    const line = `--scenario latency,idle ${conditions} --workers 2 --redis-url redis://h:1 --json`;
    expect(readOptions(line.split(' '))).toEqual({
      scenarios: ['latency', 'idle'],
      overrides: { rate: 50, connections: 4, senders: 'all', placement: 'local' },
      workers: 2,
      redisUrl: 'redis://h:1',
      output: 'json',
    });
  });

  test.each([
    ['--seconds 0', '--seconds is "0", but must be a whole number from 1 to 600.'],
    ['--seconds 1.5', '--seconds is "1.5"'],
    ['--rate x', '--rate is "x"'],
    ['--scenario fast', '--scenario names "fast"; there are: throughput'],
    ['--redis-url http://h', '--redis-url must begin with redis://'],
    ['--placement near', '--placement is "near", but must be cross or local.'],
    ['--turbo', '--turbo'],
    ['stray', 'stray'],
  ])('refuses "%s" and says why', (line, reason) => {
    expect(() => readOptions(line.split(' '))).toThrow(UsageError);
    expect(() => readOptions(line.split(' '))).toThrow(reason);
  });

  test('refuses half a pair, and more connections than its edges have open files for', () => {
    expect(() => checkConnections({ ...commonConditions, connections: 3 })).toThrow('must be even');
    expect(() => checkConnections({ ...commonConditions, connections: 18_002 })).toThrow('needs more edges');
    checkConnections({ ...commonConditions, connections: 18_002, edges: 2 });
  });

  test('explains every scenario and option', () => {
    const explained = [...Object.keys(scenarios), '--seconds', '--window', '--redis-url', '--json', '--workers'];
    for (const name of explained) expect(helpText()).toContain(name);
  });
});

describe('the command line of a comparison', () => {
  test('takes a commit, and gives its rounds to both trees', () => {
    expect(readCompareOptions('v1 --rounds 5 --seconds 2 --scenario idle,storm'.split(' '))).toEqual({
      ref: 'v1',
      rounds: 5,
      scenarios: ['idle', 'storm'],
      overrides: { seconds: 2, rounds: 1 },
      output: 'table',
    });
    expect(readCompareOptions(['v1'])).toMatchObject({ rounds: 3, scenarios: ['throughput'] });
  });

  test.each([
    ['--rounds 5', 'Name one commit'],
    ['v1 v2', 'Name one commit'],
    ['v1 --scenario memory', 'memory cannot be compared'],
    ['v1 --turbo', '--turbo'],
  ])('refuses "%s" and says why', (line, reason) => {
    expect(() => readCompareOptions(line.split(' '))).toThrow(UsageError);
    expect(() => readCompareOptions(line.split(' '))).toThrow(reason);
  });

  test('explains itself', () => {
    for (const name of ['REF', '--rounds', 'throughput-4000', '--json']) expect(compareHelpText()).toContain(name);
  });
});

describe('a load plan', () => {
  const plan: WorkerPlan = {
    ...commonConditions,
    ports: [1001, 1002, 1003],
    mode: 'idle',
    run: '00000000',
    worker: 0,
    workers: 3,
  };

  test('gives each pair to exactly one worker', () => {
    const dealt = [0, 1, 2].flatMap((worker) => pairsOf({ ...plan, worker }));
    expect(dealt.sort((left, right) => left - right)).toEqual(Array.from({ length: 100 }, (_, pair) => pair));
  });

  test('puts the ends of a pair on different edges when it crosses, on one when it is local, and senders on all', () => {
    const pairs = Array.from({ length: 100 }, (_, pair) => pair);
    expect(pairs.every((pair) => portOf(plan, pair, 0, 'first') !== portOf(plan, pair, 1, 'first'))).toBe(true);
    const local: WorkerPlan = { ...plan, placement: 'local' };
    expect(pairs.every((pair) => portOf(local, pair, 0, 'first') === portOf(local, pair, 1, 'first'))).toBe(true);
    expect(new Set(pairs.map((pair) => portOf(plan, pair, 0, 'first'))).size).toBe(3);
  });
});
