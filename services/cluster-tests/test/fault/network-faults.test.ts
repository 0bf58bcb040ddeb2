import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { NetworkFault } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { statusOf, untilReady } from '../../src';
import type { Fleet } from '../../src/fleet';
import { conclude, FaultCluster } from './fault-cluster';

// Between the first edge and Redis; the second edge is well all the time.

let cluster: FaultCluster;
let fleet: Fleet;

beforeAll(async () => {
  cluster = await FaultCluster.start();
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await untilReady(cluster.edges[0]);
  fleet = await cluster.fleet({ settleMs: 15_000 });
});

afterEach(async () => {
  cluster.network.heal();
  await fleet.stop();
});

/** For a while; nobody waits until all is well before the network is healed. */
async function hurt(happen: (network: NetworkFault) => void, forMs: number): Promise<void> {
  await fleet.progress(50);
  happen(cluster.network);
  await pause(forMs);
  cluster.network.heal();
}

test.each([
  { what: 'stalls for a moment', happen: (network: NetworkFault) => network.stall(), spansMs: [200, 700, 1000] },
  { what: 'stalls for seconds', happen: (network: NetworkFault) => network.stall(), spansMs: [3000, 3000] },
  { what: 'resets its connections', happen: (network: NetworkFault) => network.reset(), spansMs: [0, 0, 100, 500] },
  { what: 'is slow', happen: (network: NetworkFault) => network.delay(100), spansMs: [3000] },
  { what: 'is slower than the edge waits', happen: (network: NetworkFault) => network.delay(600), spansMs: [3000] },
  { what: 'loses single notices', happen: (network: NetworkFault) => network.loseOneIn(3), spansMs: [3000, 5000] },
  { what: 'swallows everything', happen: (network: NetworkFault) => network.blackHole(), spansMs: [300, 3000] },
  {
    what: 'tells Redis alone that connections are over',
    happen: (network: NetworkFault) => network.halfOpen('server'),
    spansMs: [500, 3000],
  },
  {
    what: 'tells the edge alone that connections are over',
    happen: (network: NetworkFault) => network.halfOpen('client'),
    spansMs: [500, 3000],
  },
])(
  'a network between an edge and Redis that $what costs no accepted message, and closes nothing',
  async ({ what, happen, spansMs }) => {
    for (const forMs of spansMs) await hurt(happen, forMs);
    await untilReady(cluster.edges[0]);
    await fleet.progress(100);

    await conclude(`a network that ${what}`, fleet);
  },
);

test('an edge whose network to Redis is gone says that it is not ready, and the other serves on', async () => {
  await fleet.progress(50);
  cluster.network.blackHole();
  await eventually(async () => expect(await statusOf(cluster.edges[0], '/ready')).toBe(503));
  expect(await statusOf(cluster.edges[0], '/health')).toBe(200);
  expect(await statusOf(cluster.edges[1], '/ready')).toBe(200);
  await fleet.progress(100);
  cluster.network.heal();
  await untilReady(cluster.edges[0]);

  await conclude('one edge without a network', fleet);
});
