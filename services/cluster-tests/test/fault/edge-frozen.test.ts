import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import type { Fleet } from '../../src/fleet';
import { FaultCluster, note, untilReady } from './fault-cluster';

const frozenMs = 5000;

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start();
  fleet = await cluster.fleet();
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

test('an edge that froze while its devices moved on does no harm when it wakes up', async () => {
  const [frozen, other] = cluster.edges;
  await fleet.progress(200);
  frozen.kill('SIGSTOP');
  await Promise.all([
    pause(frozenMs),
    eventually(() => expect(fleet.devices.filter(({ connection }) => connection?.edge !== other.url)).toEqual([]), {
      timeoutMs: 10_000,
    }),
  ]);
  frozen.kill('SIGCONT');
  await untilReady(frozen);
  await fleet.progress(300);

  const verdict = await fleet.verdict();
  note('an edge frozen for 5 s', fleet, verdict);
  expect(verdict.faults).toEqual([]);
}, 50_000);

test('an edge that freezes for a moment, again and again, costs no accepted message', async () => {
  for (let freeze = 0; freeze < 4; freeze += 1) {
    const edge = cluster.edges[freeze % 2]!;
    await fleet.progress(100);
    edge.kill('SIGSTOP');
    await pause(1200);
    edge.kill('SIGCONT');
    await untilReady(edge);
  }
  await fleet.progress(100);

  const verdict = await fleet.verdict();
  note('edges frozen 4 times for a moment', fleet, verdict);
  expect(verdict.faults).toEqual([]);
}, 50_000);
