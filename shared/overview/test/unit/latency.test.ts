import { describe, expect, test } from '@jest/globals';
import { latencyBetween } from '../../src/index';

const name = 'accepted_to_delivered_seconds';

function observed(buckets: Record<string, number>) {
  return {
    atMs: 0,
    totals: new Map(Object.entries(buckets).map(([bound, count]) => [`${name}:le:${bound}`, count] as const)),
  };
}

const none = observed({});

describe('latency between two instants', () => {
  test('is unknown when nothing was delivered', () => {
    expect(latencyBetween(none, none)).toEqual({ p50Ms: null, p99Ms: null, count: 0 });
  });

  test('lies within a bucket as if its observations were spread evenly', () => {
    const { p50Ms, p99Ms, count } = latencyBetween(none, observed({ '0.002': 100 }));
    expect(count).toBe(100);
    expect(p50Ms).toBeCloseTo(1.5);
    expect(p99Ms).toBeCloseTo(1.99);
  });

  test('orders buckets by their bounds, however they come', () => {
    const { p50Ms, p99Ms } = latencyBetween(none, observed({ inf: 0, '10': 10, '0.01': 90 }));
    expect(p50Ms).toBeCloseTo(5 + (5 * 50) / 90);
    expect(p99Ms).toBeCloseTo(5000 + 5000 * 0.9);
  });

  test('tells the largest bound for what is above all of them', () => {
    expect(latencyBetween(none, observed({ '5': 0, '10': 1, inf: 99 })).p50Ms).toBe(10_000);
  });

  test('counts only what came between', () => {
    const before = observed({ '0.001': 1000 });
    const after = observed({ '0.001': 1000, '0.005': 4 });
    expect(latencyBetween(before, after)).toMatchObject({ count: 4, p50Ms: 3.5 });
  });
});
