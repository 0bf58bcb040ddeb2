import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fleet } from '../../src/fleet';
import { conclude, FaultCluster, faultBoundMs } from './fault-cluster';

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
  'scripts flushed out of Redis under load are loaded again: nothing is refused and nothing lost',
  async () => {
    for (let flush = 0; flush < 20; flush += 1) {
      await fleet.progress(20);
      await cluster.ask('SCRIPT', 'FLUSH');
    }
    await fleet.progress(100);

    const { figures } = await conclude('20 flushes of the scripts', fleet);
    // A machine that holds Redis up for 0.8 s has senders refused, which edges log.
    const wasAway = cluster.edges.some((edge) => edge.output().includes('"redis.away"'));
    if (!wasAway) expect(figures.refused).toEqual({});
  },
  faultBoundMs,
);
