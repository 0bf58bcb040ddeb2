import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import type { Fleet } from '../../src/fleet';
import { conclude, end, FaultCluster, faultBoundMs, untilReady } from './fault-cluster';

const drainSeconds = 2;
/** Its drain time, and what the last messages and a Redis that does not answer may take. */
const boundMs = (drainSeconds + 15) * 1000;

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start({ env: { RELAY_DRAIN_SECONDS: String(drainSeconds) } });
  fleet = await cluster.fleet({ traffic: { departuresPerSecond: 0 }, expectedCloses: [1012] });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

/** The close codes that the devices of an edge were given since it was told to leave. */
async function drain(index: 0 | 1): Promise<number[]> {
  const edge = cluster.edges[index];
  const told = fleet.books.now();
  const held = fleet.books.connections.filter((one) => one.edge === edge.url && one.registered && !one.closed);
  expect(held.length).toBeGreaterThan(0);

  expect(await end(edge, 'SIGTERM')).toEqual({ code: 0, signal: null });

  expect(fleet.books.now().atMs - told.atMs).toBeLessThan(boundMs);
  // Its end may be heard of before the last of its frames.
  return eventually(() => held.map(({ closed }) => closed!.code));
}

test(
  'edges that are restarted in turn send their devices away with 1012, end with code 0, and lose nothing',
  async () => {
    for (const index of [0, 1, 0, 1] as const) {
      await fleet.progress(100);
      const codes = await drain(index);
      expect(codes).toEqual(codes.map(() => 1012));
      await fleet.progress(50);
      await cluster.restartEdge(index);
    }
    await fleet.progress(100);

    await conclude('4 edges drained', fleet);
  },
  faultBoundMs,
);

test(
  'an edge leaves in time also when Redis is frozen meanwhile',
  async () => {
    await fleet.progress(100);
    cluster.redis.kill('SIGSTOP');
    const codes = await drain(0);
    cluster.redis.kill('SIGCONT');
    expect(codes).toEqual(codes.map(() => 1012));

    await untilReady(cluster.edges[1]);
    await cluster.restartEdge(0);
    await fleet.progress(100);

    await conclude('an edge drained while Redis is frozen', fleet);
  },
  faultBoundMs,
);
