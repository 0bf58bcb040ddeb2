import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, test } from '@jest/globals';
import { type Fleet, type Range, SeededRandom } from '../../src/fleet';
import { conclude, end, FaultCluster, faultBoundMs } from './fault-cluster';

const kills = 20;
const betweenMs: Range = [0, 500];

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

test(
  'edges that are killed at random instants under traffic, and started again, lose no accepted message',
  async () => {
    const random = new SeededRandom(fleet.seed);
    for (let kill = 0; kill < kills; kill += 1) {
      const index = random.pick([0, 1] as const);
      await fleet.progress(20);
      await pause(random.whole(betweenMs));
      await end(cluster.edges[index], 'SIGKILL');
      await fleet.progress(20);
      await cluster.restartEdge(index);
    }
    await fleet.progress(200);

    await conclude(`${kills} kills of an edge`, fleet);
  },
  faultBoundMs,
);

test(
  'all edges killed at once lose no accepted message',
  async () => {
    for (let kill = 0; kill < 3; kill += 1) {
      await fleet.progress(200);
      await Promise.all(cluster.edges.map((edge) => end(edge, 'SIGKILL')));
      await Promise.all([cluster.restartEdge(0), cluster.restartEdge(1)]);
    }
    await fleet.progress(200);

    await conclude('3 kills of all edges', fleet);
  },
  faultBoundMs,
);
