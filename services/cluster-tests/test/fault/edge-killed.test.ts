import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fleet } from '../../src/fleet';
import { end, FaultCluster, note } from './fault-cluster';

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

test('edges that are killed and started in turn under traffic lose no accepted message', async () => {
  for (let kill = 0; kill < 6; kill += 1) {
    const index = kill % 2 === 0 ? 0 : 1;
    await fleet.progress(200);
    await end(cluster.edges[index], 'SIGKILL');
    await fleet.progress(50);
    await cluster.restartEdge(index);
  }
  await fleet.progress(200);

  const verdict = await fleet.verdict();
  note('6 kills of an edge', fleet, verdict);
  expect(verdict.faults).toEqual([]);
}, 60_000);

test('all edges killed at once lose no accepted message', async () => {
  for (let kill = 0; kill < 3; kill += 1) {
    await fleet.progress(200);
    await Promise.all(cluster.edges.map((edge) => end(edge, 'SIGKILL')));
    await Promise.all([cluster.restartEdge(0), cluster.restartEdge(1)]);
  }
  await fleet.progress(200);

  const verdict = await fleet.verdict();
  note('3 kills of all edges', fleet, verdict);
  expect(verdict.faults).toEqual([]);
}, 60_000);
