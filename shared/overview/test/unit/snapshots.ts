import type { Snapshot } from '../../src/index';

const atMs = Date.parse('2026-03-10T12:00:00Z');

/** A cluster with everything in it that an answer may have, at so many ms after the first. */
export function snapshotAt(laterMs = 0): Snapshot {
  const seconds = laterMs / 1000;
  return {
    atMs: atMs + laterMs,
    totals: new Map([
      ['messages_accepted', 1000 + 40 * seconds],
      ['messages_delivered_live', 900 + 30 * seconds],
      ['refused:429', 5 * seconds],
      ['payload_bytes:in', 4000 * seconds],
      ['accepted_to_delivered_seconds:le:0.002', 30 * seconds],
    ]),
    nodes: [
      {
        node: 'aaaaaaaaaaaa',
        state: 'up',
        lastSeenMs: atMs,
        startedAtMs: atMs - 60_000,
        connections: 12,
        messagesPerSecond: 40,
        cpuPercent: 12.5,
        rssBytes: 90_000_000,
        eventLoopDelayMs: 21,
        redisRoundTripMs: 0.4,
        port: 3000,
      },
      {
        node: 'bbbbbbbbbbbb',
        state: 'silent',
        lastSeenMs: atMs - 30_000,
        startedAtMs: null,
        connections: null,
        messagesPerSecond: null,
        cpuPercent: null,
        rssBytes: null,
        eventLoopDelayMs: null,
        redisRoundTripMs: null,
        port: null,
      },
    ],
    connections: 12,
    queues: { messages: 7, bytes: 7000, devices: 3, accepted: 1000, acked: 990, expired: 3 },
    bandwidth: {
      month: '2026-03',
      usedBytes: 5e9,
      limitBytes: 10e12,
      thresholdBytes: 9.5e12,
      projectedBytes: 15e9,
      days: [{ day: '2026-03-10', bytes: 5e9 }],
      closedMonths: [{ month: '2026-02', bytes: 7e9 }],
    },
    jobs: [
      {
        job: 'sweep',
        everySeconds: 60,
        why: 'expired messages leave the queues',
        lastStartedAtMs: atMs - 9000,
        lastSucceededAtMs: atMs - 8900,
        lastTookMs: 100,
        lastResult: { expired: 3 },
        lastError: 'Redis was away',
        runs: 10,
        failures: 1,
        state: 'well',
      },
      { job: 'audit', everySeconds: 300, why: 'the books', runs: 0, failures: 0, state: 'never ran' },
    ],
    ledger: {
      atMs: atMs - 5000,
      accepted: 1000,
      acked: 990,
      expired: 3,
      queued: 7,
      missing: 0,
      unbalancedShards: 0,
      shards: 16,
      countedShards: 16,
      inexactShards: 0,
      uncertain: 0,
      verdict: 'balanced',
    },
    redis: { state: 'well', usedBytes: 5e6, limitBytes: null, disk: 'well', policy: 'noeviction' },
    store: { pressure: 0, refuses: 'nothing', budgetBytes: 7.5e6 },
  };
}
