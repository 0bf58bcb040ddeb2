import { afterEach, expect, test } from '@jest/globals';
import type { RunningEdge } from '@openrelay/launch';
import { wrongClock } from '@openrelay/testing';
import type { Fleet } from '../../src/fleet';
import { conclude, FaultCluster } from './fault-cluster';

const fiveMinutesMs = 300_000;

let cluster: FaultCluster;
let fleet: Fleet;

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

/** By the time in the first line that it logged. */
function clockOf(edge: RunningEdge): number {
  return new Date((JSON.parse(edge.output().split('\n')[0]!) as { time: string | number }).time).getTime();
}

test.each([
  { direction: 'fast', shiftMs: fiveMinutesMs },
  { direction: 'slow', shiftMs: -fiveMinutesMs },
])(
  'an edge whose clock is five minutes $direction loses, repeats and delays nothing',
  async ({ direction, shiftMs }) => {
    cluster = await FaultCluster.start({ envOfFirst: wrongClock(shiftMs) });
    const [wrong, right] = cluster.edges;
    expect(Math.abs(clockOf(wrong) - clockOf(right) - shiftMs)).toBeLessThan(20_000);
    // Lives that are shorter than the error, so that a wrong expiry shows.
    fleet = await cluster.fleet({ traffic: { shortLivedOneIn: 5, departuresPerSecond: 10 } });
    await fleet.progress(1000);

    await conclude(`an edge's clock 5 minutes ${direction}`, fleet);
    const early = [...fleet.books.messages.values()].filter(
      ({ ttlSeconds, accepted, attempts }) =>
        accepted !== undefined && accepted.expiresAtMs < attempts[0]!.atMs + ttlSeconds * 1000 - 1000,
    );
    expect(early).toEqual([]);
  },
);
