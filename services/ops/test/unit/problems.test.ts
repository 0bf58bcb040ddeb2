import { expect, test } from '@jest/globals';
import type { Snapshot } from '@openrelay/overview';
import { ratesBetween } from '@openrelay/overview';
import { problemsOf } from '../../src/problems';
import { snapshotAt } from './snapshots';

function wellCluster(): Snapshot {
  const snapshot = snapshotAt();
  return { ...snapshot, nodes: snapshot.nodes.slice(0, 1) };
}

function sentences(snapshot: Snapshot): string[] {
  return problemsOf(snapshot, null).map(({ level, text }) => `${level}: ${text}`);
}

test('a cluster that is well has none', () => {
  expect(problemsOf(wellCluster(), ratesBetween(snapshotAt(), snapshotAt(5000)))).toEqual([]);
});

test('what relayctl says is wrong, ops says too', () => {
  const { nodes } = snapshotAt();
  expect(sentences({ ...wellCluster(), nodes })).toEqual(['wrong: Node bbbbbbbbbbbb is silent.']);
  expect(sentences({ ...wellCluster(), nodes: [] })).toEqual(['wrong: No node is up.']);
});

test('a Redis that refuses writes is named before the nodes that are silent for it', () => {
  const { redis } = wellCluster();
  expect(sentences({ ...wellCluster(), nodes: [], redis: { ...redis!, disk: 'failing' } })).toEqual([
    'wrong: Redis cannot write to its disk.',
    'wrong: No node is up.',
  ]);
});

test('a node whose event loop is late is warned of', () => {
  const [node] = wellCluster().nodes;
  const slow = { ...node!, eventLoopDelayMs: 400 } as Snapshot['nodes'][number];
  expect(sentences({ ...wellCluster(), nodes: [slow] })).toEqual([
    'warning: Node aaaaaaaaaaaa is overloaded: its event loop is 400 ms late.',
  ]);
});

test('a month that will reach the threshold is warned of, and one that has is wrong', () => {
  const { bandwidth } = wellCluster();
  const ahead = { ...bandwidth, projectedBytes: 9.6e12 };
  expect(sentences({ ...wellCluster(), bandwidth: ahead })).toEqual([
    'warning: At this rate the bandwidth reaches the threshold before the month ends.',
  ]);
  const [above] = problemsOf({ ...wellCluster(), bandwidth: { ...ahead, usedBytes: 9.6e12 } }, null);
  expect(above!.level).toBe('wrong');
});

test('requests that are answered 503 are warned of', () => {
  const rates = { ...ratesBetween(snapshotAt(), snapshotAt(5000)), refused: { 429: 9, 503: 2.25 } };
  expect(problemsOf(wellCluster(), rates)).toEqual([{ level: 'warning', text: '2.3 requests/s are answered 503.' }]);
});
