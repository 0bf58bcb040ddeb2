import { describe, expect, test } from '@jest/globals';
import { errorCodes } from '@openrelay/protocol';
import { metricsTable } from '@openrelay/telemetry';
import { trafficBetween } from '../../src/index';

function countsAt(atMs: number, amounts: Record<string, number>) {
  return { atMs, totals: new Map(Object.entries(amounts)) };
}

const nothing = countsAt(0, {});

describe('rates between two instants', () => {
  test('are amounts per second, refusals by their code', () => {
    const before = countsAt(1000, { messages_accepted: 10, 'refused:429': 5, 'refused:507': 3 });
    const after = countsAt(3000, {
      messages_accepted: 30,
      messages_delivered_live: 8,
      messages_queued: 2,
      messages_acked: 4,
      messages_expired: 1,
      registrations: 6,
      'payload_bytes:in': 2048,
      'payload_bytes:out': 1024,
      'refused:429': 6,
      'refused:507': 3,
      'refused:503': 2,
    });
    expect(trafficBetween(before, after).rates).toEqual({
      overMs: 2000,
      accepted: 10,
      deliveredLive: 4,
      queued: 1,
      acked: 2,
      expired: 0.5,
      registrations: 3,
      bytesIn: 1024,
      bytesOut: 512,
      refused: { 429: 0.5, 503: 1 },
    });
  });

  test('are zero between an instant and itself', () => {
    const now = countsAt(1000, { messages_accepted: 10 });
    expect(trafficBetween(now, now).rates).toMatchObject({ overMs: 0, accepted: 0, refused: {} });
  });

  test('are zero, not negative, when Redis lost its counts in between', () => {
    const before = countsAt(0, { messages_accepted: 1000 });
    expect(trafficBetween(before, countsAt(1000, { messages_accepted: 3 })).rates.accepted).toBe(0);
  });
});

test('refusals are counted by each error code that is a failure, and by no other', () => {
  expect(metricsTable.refused.label.values).toEqual(errorCodes.filter((code) => code >= 400));
});

describe('latency between two instants', () => {
  function observed(buckets: Record<string, number>) {
    const named = Object.entries(buckets).map(([bound, count]) => [`accepted_to_delivered_seconds:le:${bound}`, count]);
    return countsAt(0, Object.fromEntries(named));
  }
  const latencyOf = (buckets: Record<string, number>) => trafficBetween(nothing, observed(buckets)).latency;

  test('is unknown when nothing was delivered', () => {
    expect(latencyOf({})).toEqual({ p50Ms: null, p99Ms: null, count: 0 });
  });

  test('lies within a bucket as if its observations were spread evenly', () => {
    const { p50Ms, p99Ms, count } = latencyOf({ '0.002': 100 });
    expect(count).toBe(100);
    expect(p50Ms).toBeCloseTo(1.5);
    expect(p99Ms).toBeCloseTo(1.99);
  });

  test('orders buckets by their bounds, however they come', () => {
    const { p50Ms, p99Ms } = latencyOf({ inf: 0, '10': 10, '0.01': 90 });
    expect(p50Ms).toBeCloseTo(5 + (5 * 50) / 90);
    expect(p99Ms).toBeCloseTo(5000 + 5000 * 0.9);
  });

  test('tells the largest bound for what is above all of them', () => {
    expect(latencyOf({ '5': 0, '10': 1, inf: 99 }).p50Ms).toBe(10_000);
  });

  test('counts only what came between', () => {
    const before = observed({ '0.001': 1000 });
    expect(trafficBetween(before, observed({ '0.001': 1000, '0.005': 4 })).latency).toMatchObject({
      count: 4,
      p50Ms: 3.5,
    });
  });
});
