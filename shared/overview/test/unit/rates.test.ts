import { describe, expect, test } from '@jest/globals';
import { errorCodes } from '@openrelay/protocol';
import { metricsTable } from '@openrelay/telemetry';
import { ratesBetween } from '../../src/index';

const totals = (amounts: Record<string, number>) => new Map(Object.entries(amounts));

describe('rates between two instants', () => {
  test('are amounts per second, refusals by their code', () => {
    const before = { atMs: 1000, totals: totals({ messages_accepted: 10, 'refused:429': 5, 'refused:507': 3 }) };
    const after = {
      atMs: 3000,
      totals: totals({
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
      }),
    };
    expect(ratesBetween(before, after)).toEqual({
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
    const now = { atMs: 1000, totals: totals({ messages_accepted: 10 }) };
    expect(ratesBetween(now, now)).toMatchObject({ overMs: 0, accepted: 0, refused: {} });
  });

  test('are zero, not negative, when Redis lost its counts in between', () => {
    const before = { atMs: 0, totals: totals({ messages_accepted: 1000 }) };
    const after = { atMs: 1000, totals: totals({ messages_accepted: 3 }) };
    expect(ratesBetween(before, after).accepted).toBe(0);
  });
});

test('refusals are counted by each error code that is a failure, and by no other', () => {
  expect(metricsTable.refused.label.values).toEqual(errorCodes.filter((code) => code >= 400));
});
