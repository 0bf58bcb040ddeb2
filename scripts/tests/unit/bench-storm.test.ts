import { describe, expect, test } from '@jest/globals';
import { mergeStorms } from '../../src/bench/load/crowd';
import { crowdPortOf, devicesOf, failureOf, type WorkerCrowdPlan } from '../../src/bench/load/crowd-plan';
import { Histogram } from '../../src/bench/load/histogram';
import { longestOf } from '../../src/bench/redis-watch';

const plan: WorkerCrowdPlan = {
  ports: [1001, 1002],
  devices: 100,
  run: '00000000',
  worker: 0,
  workers: 3,
  handshakesAtOnce: 10,
};
const devices = Array.from({ length: plan.devices }, (_, device) => device);

function registrationOf(milliseconds: number) {
  const histogram = new Histogram();
  histogram.addMs(milliseconds);
  return histogram.toData();
}

describe('a crowd', () => {
  test('gives each device to exactly one worker', () => {
    const dealt = [0, 1, 2].flatMap((worker) => devicesOf({ ...plan, worker }));
    expect(dealt.sort((left, right) => left - right)).toEqual(devices);
  });

  test('is spread evenly over the edges, and half of it comes back to another one', () => {
    const count = (visit: 'first' | 'again') =>
      devices.filter((device) => crowdPortOf(plan, device, visit) === 1001).length;
    const moved = devices.filter(
      (device) => crowdPortOf(plan, device, 'first') !== crowdPortOf(plan, device, 'again'),
    ).length;
    expect([count('first'), count('again'), moved]).toEqual([50, 50, 50]);
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
  test('lasts from the first cut to the last registration', () => {
    const merged = mergeStorms([
      { cutAtMs: 10, backAtMs: 500, missing: 1, failures: { a: 1, b: 2 }, registration: registrationOf(3) },
      { cutAtMs: 12, backAtMs: 700, missing: 2, failures: { b: 1 }, registration: registrationOf(40) },
    ]);
    expect(merged).toMatchObject({ cutAtMs: 10, backAtMs: 700, missing: 3, failures: { a: 1, b: 3 } });
    expect([merged.registration.total, merged.registration.maxMs]).toEqual([2, 40]);
  });
});

describe('the longest command of Redis', () => {
  test('is found among all', () => {
    const info =
      '# Latencystats\r\nlatency_percentiles_usec_evalsha:p100=12058.5\r\nlatency_percentiles_usec_config|set:p100=43.007\r\n';
    expect(longestOf(info)).toEqual({ longestMs: 12.0585, longestCommand: 'evalsha' });
  });

  test('is unknown where the server does not tell', () => {
    expect(longestOf('# Latencystats\r\n')).toStrictEqual({ longestMs: undefined, longestCommand: undefined });
  });
});
