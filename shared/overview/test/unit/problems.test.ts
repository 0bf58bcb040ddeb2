import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { parse } from 'yaml';
import { type ClusterView, problemsOf, sentence } from '../../src/index';
import { problemsTable } from '../../src/problems';

const atMs = Date.UTC(2026, 2, 10, 12);

const well: Parameters<typeof problemsOf>[0] = {
  atMs,
  nodes: [
    {
      node: 'a-node',
      state: 'up',
      lastSeenMs: atMs,
      startedAtMs: atMs,
      connections: 12,
      messagesPerSecond: 40,
      cpuPercent: 12.5,
      rssBytes: 9e7,
      eventLoopDelayMs: 250,
      redisRoundTripMs: 50,
      port: 3000,
    },
  ],
  rates: {
    overMs: 5000,
    accepted: 99,
    deliveredLive: 0,
    queued: 0,
    acked: 0,
    expired: 0,
    registrations: 0,
    bytesIn: 0,
    bytesOut: 0,
    refused: { 429: 500, 503: 1, 507: 5 },
  },
  latency: { p50Ms: 2, p99Ms: 250, count: 30 },
  bandwidth: {
    month: '2026-03',
    usedBytes: 8e12,
    limitBytes: 11e12,
    thresholdBytes: 10e12,
    projectedBytes: 10e12,
    days: [],
    closedMonths: [],
  },
  jobs: [
    { job: 'sweep', everySeconds: 60, why: '', lastSucceededAtMs: atMs - 120_000, runs: 1, failures: 0, state: 'well' },
  ],
  ledger: null,
  redis: { state: 'well', usedBytes: 5e6, limitBytes: null, disk: 'well', policy: 'noeviction' },
};
const [node, job] = [well.nodes[0]!, well.jobs[0]!];
const { rates, latency, bandwidth, redis } = well;

function foundIn(changes: Partial<ClusterView>): string[] {
  return problemsOf({ ...well, ...changes }).map(({ level, text }) => `${level}: ${sentence(text)}`);
}

test('a cluster that is at every threshold, and above none, is well', () => {
  expect(foundIn({})).toEqual([]);
  expect(foundIn({ rates: null, latency: null, redis: null })).toEqual([]);
});

test.each<[name: string, changes: Partial<ClusterView>, wanted: string[]]>([
  ['a Redis that nears its limit', { redis: { ...redis!, state: 'nearly full' } }, ['wrong: Redis is nearly full.']],
  [
    'a Redis that may evict',
    { redis: { ...redis!, policy: 'allkeys-lru' } },
    ['wrong: Redis may throw messages away (maxmemory-policy allkeys-lru).'],
  ],
  [
    'a Redis that refuses writes, before the nodes that are silent for it',
    { nodes: [{ ...node, state: 'silent' }], redis: { ...redis!, disk: 'failing' } },
    ['wrong: Redis cannot write to its disk.', 'wrong: No node is up.', 'wrong: Node a-node is silent.'],
  ],
  [
    'a month that is used up, whatever will come',
    { bandwidth: { ...bandwidth, usedBytes: 10e12, projectedBytes: 15e12 } },
    ['wrong: The bandwidth of the month is above the threshold.'],
  ],
  [
    'a month that is nearly used up',
    { bandwidth: { ...bandwidth, usedBytes: 8.3e12 } },
    ['warning: 83 % of the bandwidth of the month is used.'],
  ],
  [
    'a month that will be',
    { bandwidth: { ...bandwidth, projectedBytes: 10.1e12 } },
    ['warning: At this rate the bandwidth reaches the threshold before the month ends.'],
  ],
  ['a cluster without a janitor', { jobs: [] }, ['wrong: No janitor has run yet.']],
  [
    'a cluster whose janitor has gone',
    { jobs: [{ ...job, lastSucceededAtMs: atMs - 200_000, state: 'late' }] },
    ['wrong: No job has succeeded for 3 min.', 'wrong: Job sweep is late.'],
  ],
  ['a job that fails', { jobs: [{ ...job, state: 'failing' }] }, ['wrong: Job sweep is failing.']],
  [
    'a job that was never run',
    { jobs: [job, { job: 'audit', everySeconds: 300, why: '', runs: 0, failures: 0, state: 'never ran' }] },
    ['warning: Job audit has not run yet.'],
  ],
  [
    'requests that are answered 503',
    { rates: { ...rates!, refused: { 503: 2.25 } } },
    ['warning: 2.3 requests/s are answered 503.'],
  ],
  [
    'queues that are full',
    { rates: { ...rates!, refused: { 507: 6 } } },
    ['warning: 6.0 messages/s find a queue that is full (507).'],
  ],
  [
    'a node that is overloaded',
    { nodes: [{ ...node, eventLoopDelayMs: 400 }] },
    ['warning: Node a-node is overloaded: its event loop is 400 ms late.'],
  ],
  [
    'a Redis that is slow',
    { nodes: [{ ...node, redisRoundTripMs: 60 }] },
    ['warning: Redis takes 60 ms to answer node a-node.'],
  ],
  [
    'deliveries that take long',
    { latency: { ...latency!, p99Ms: 300 } },
    ['warning: Messages take 300 ms (p99) to a device that is connected.'],
  ],
])('is told of %s', (_, changes, wanted) => expect(foundIn(changes)).toEqual(wanted));

test('a problem says which node or job it is about', () => {
  const found = problemsOf({ ...well, nodes: [{ ...node, redisRoundTripMs: 60 }], jobs: [] });
  expect(found.map(({ name, about }) => [name, about])).toEqual([
    ['no-janitor', null],
    ['redis-slow', 'a-node'],
  ]);
});

describe('the alerts for Prometheus', () => {
  type Rule = { alert: string; expr: string };
  const file = readFileSync(join(repositoryRoot, 'deploy/prometheus/alerts.yml'), 'utf8');
  const { groups } = parse(file) as { groups: { rules: Rule[] }[] };
  const rules = new Map(groups.flatMap((group) => group.rules).map(({ alert, expr }) => [alert, expr]));
  const rows = Object.entries(problemsTable).map(([name, row]) => ({ name, above: undefined, ...row }));

  test.each(rows.filter(({ above }) => above !== undefined))('$alert fires where $name begins', ({ alert, above }) => {
    const [, threshold] = / > ([\d.]+)/.exec(rules.get(alert!) ?? '') ?? [];
    expect(Number(threshold)).toBe(above);
  });

  test('are there for what the table names, and what else there is needs history or what edges count for themselves', () => {
    const alerts = rows.flatMap(({ alert }) => alert ?? []);
    expect(alerts.filter((alert) => !rules.has(alert))).toEqual([]);
    expect([...rules.keys()].filter((alert) => !(alerts as string[]).includes(alert))).toEqual([
      'RelayEdgeDown',
      'RelayEdgeRestarts',
      'RelayEdgeFull',
      'RelayFilesShort',
      'RelayFails',
      'RelayLogLost',
      'RelayDrainLasts',
      'RelayOpsDown',
      'RelayRedisAway',
      'RelaySubscriberDeaf',
      'RelaySubscriberReplaced',
      'RelayWakeupRepairs',
      'RelayQueuesGrow',
    ]);
  });
});
