import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { parse } from 'yaml';
import { type ClusterView, problemsOf, sentence, trafficBetween } from '../../src/index';
import { problemsTable } from '../../src/problems';
import { snapshotAt } from './snapshots';

const { totals: _, nodes, jobs, redis, ...rest } = snapshotAt();
const [node, job, neverRan] = [nodes[0]!, jobs[0]!, jobs[1]!];
const { atMs, bandwidth } = rest;
const { rates, latency } = trafficBetween(snapshotAt(), snapshotAt(5000));
const well = { ...rest, nodes: [node], jobs: [job], redis, rates, latency };

function foundIn(changes: Partial<ClusterView>): string[] {
  return problemsOf({ ...well, ...changes }).map(({ level, text }) => `${level}: ${sentence(text)}`);
}

test('a cluster with nothing wrong is well, also where something is not known', () => {
  expect(foundIn({})).toEqual([]);
  expect(foundIn({ rates: null, latency: null, redis: null, ledger: null })).toEqual([]);
});

test('at every threshold a cluster is still well', () => {
  const at: Partial<ClusterView> = {
    nodes: [{ ...node, eventLoopDelayMs: 250, redisRoundTripMs: 50 }],
    jobs: [{ ...job, lastSucceededAtMs: atMs - 120_000 }],
    bandwidth: { ...bandwidth, usedBytes: 8e12, thresholdBytes: 10e12, projectedBytes: 10e12 },
    rates: { ...rates, accepted: 99, refused: { 429: 500, 503: 1, 507: 5 } },
    latency: { ...latency, p99Ms: 250 },
  };
  expect(foundIn(at)).toEqual([]);
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
    ['wrong: Redis cannot write to its disk.', 'wrong: No node is up.', 'wrong: Node aaaaaaaaaaaa is silent.'],
  ],
  [
    'a month that is used up, whatever will come',
    { bandwidth: { ...bandwidth, usedBytes: 9.5e12, projectedBytes: 15e12 } },
    ['wrong: The bandwidth of the month is above the threshold.'],
  ],
  [
    'a month that is nearly used up',
    { bandwidth: { ...bandwidth, usedBytes: 7.9e12 } },
    ['warning: 83 % of the bandwidth of the month is used.'],
  ],
  [
    'a month that will be',
    { bandwidth: { ...bandwidth, projectedBytes: 9.6e12 } },
    ['warning: At this rate the bandwidth reaches the threshold before the month ends.'],
  ],
  ['a cluster without a janitor', { jobs: [] }, ['wrong: No janitor has run yet.']],
  [
    'a cluster whose janitor has gone',
    { jobs: [{ ...job, lastSucceededAtMs: atMs - 200_000, state: 'late' }] },
    ['wrong: No job has succeeded for 3 min.', 'wrong: Job sweep is late.'],
  ],
  [
    'a store that is short of room',
    { store: { pressure: 1, refuses: 'what is for strange ids', budgetBytes: 7.5e6 } },
    ['warning: The store is short of room and refuses what is for strange ids (507).'],
  ],
  [
    'a store that is full',
    { store: { pressure: 4, refuses: 'everything', budgetBytes: 7.5e6 } },
    ['wrong: The store is full and refuses everything (507).'],
  ],
  ['a job that fails', { jobs: [{ ...job, state: 'failing' }] }, ['wrong: Job sweep is failing.']],
  ['a job that was never run', { jobs: [job, neverRan] }, ['warning: Job audit has not run yet.']],
  [
    'requests that are answered 503',
    { rates: { ...rates, refused: { 503: 2.25 } } },
    ['warning: 2.3 requests/s are answered 503.'],
  ],
  [
    'one request in a while that is answered 503',
    { rates: { ...rates, accepted: 0, refused: { 503: 0.02 } } },
    ['warning: <0.1 requests/s are answered 503.'],
  ],
  [
    'queues that are full',
    { rates: { ...rates, refused: { 507: 6 } } },
    ['warning: 6.0 messages/s find a queue that is full (507).'],
  ],
  [
    'a node that is overloaded',
    { nodes: [{ ...node, eventLoopDelayMs: 400 }] },
    ['warning: Node aaaaaaaaaaaa is overloaded: its event loop is 400 ms late.'],
  ],
  [
    'a Redis that is slow',
    { nodes: [{ ...node, redisRoundTripMs: 60 }] },
    ['warning: Redis takes 60 ms to answer node aaaaaaaaaaaa.'],
  ],
  [
    'deliveries that take long',
    { latency: { ...latency, p99Ms: 300 } },
    ['warning: Messages take 300 ms (p99) to a device that is connected.'],
  ],
])('is told of %s', (_, changes, wanted) => expect(foundIn(changes)).toEqual(wanted));

test('what is wrong comes before what is warned of', () => {
  const levels = Object.values(problemsTable).map(({ level }) => level);
  expect(levels).toEqual(levels.toSorted().reverse());
});

test('a problem says which node or job it is about', () => {
  const found = problemsOf({ ...well, nodes: [{ ...node, redisRoundTripMs: 60 }], jobs: [] });
  expect(found.map(({ name, about }) => [name, about])).toEqual([
    ['no-janitor', null],
    ['redis-slow', 'aaaaaaaaaaaa'],
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
      'RelayMemoryShort',
      'RelayAddressLimited',
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
