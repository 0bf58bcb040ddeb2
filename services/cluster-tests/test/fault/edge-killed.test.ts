import { setTimeout as pause } from 'node:timers/promises';
import { test } from '@jest/globals';
import { type Range, SeededRandom } from '../../src/fleet';
import { conclude, end } from './fault-cluster';
import { useFleet } from './use-fleet';

const kills = 20;
const betweenMs: Range = [0, 500];

const trial = useFleet();

test('edges that are killed at random instants under traffic, and started again, lose no accepted message', async () => {
  const random = new SeededRandom(trial.fleet.seed);
  for (let kill = 0; kill < kills; kill += 1) {
    const index = random.pick([0, 1] as const);
    await trial.fleet.progress(20);
    await pause(random.whole(betweenMs));
    await end(trial.cluster.edges[index], 'SIGKILL');
    await trial.fleet.progress(20);
    await trial.cluster.restartEdge(index);
  }
  await trial.fleet.progress(200);

  await conclude(`${kills} kills of an edge`, trial.fleet);
});

test('all edges killed at once lose no accepted message', async () => {
  for (let kill = 0; kill < 3; kill += 1) {
    await trial.fleet.progress(200);
    await Promise.all(trial.cluster.edges.map((edge) => end(edge, 'SIGKILL')));
    await Promise.all([trial.cluster.restartEdge(0), trial.cluster.restartEdge(1)]);
  }
  await trial.fleet.progress(200);

  await conclude('3 kills of all edges', trial.fleet);
});
