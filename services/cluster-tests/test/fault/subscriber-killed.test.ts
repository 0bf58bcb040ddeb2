import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import type { Fleet } from '../../src/fleet';
import { conclude, FaultCluster, faultBoundMs, metricOf, untilReady } from './fault-cluster';

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start();
  fleet = await cluster.fleet({ traffic: { departuresPerSecond: 0 } });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

async function deliveredLive(): Promise<number> {
  const [one, other] = await Promise.all(
    cluster.edges.map((edge) => metricOf(edge, 'openrelay_messages_delivered_live')),
  );
  return one! + other!;
}

test(
  'subscribers that are killed every second under traffic lose nothing, and delivery is live again after each',
  async () => {
    const before = fleet.devices.map(({ connection }) => connection);
    for (let kill = 0; kill < 10; kill += 1) {
      await Promise.all([pause(1000), fleet.progress(50)]);
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    }
    await Promise.all(cluster.edges.map(untilReady));
    const live = await deliveredLive();
    await fleet.progress(100);
    expect(await deliveredLive()).toBeGreaterThan(live);
    expect(fleet.devices.map(({ connection }) => connection)).toEqual(before);

    await conclude('subscribers killed every second, 10 times', fleet);
  },
  faultBoundMs,
);

test(
  'all connections to Redis killed at once, again and again, lose nothing',
  async () => {
    for (let kill = 0; kill < 5; kill += 1) {
      await fleet.progress(50);
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'normal');
    }
    await Promise.all(cluster.edges.map(untilReady));
    await fleet.progress(100);

    await conclude('all connections to Redis killed 5 times', fleet);
  },
  faultBoundMs,
);

test(
  'one message whose wake-up got lost is delivered without any later one',
  async () => {
    await eventually(() => expect(fleet.books.delivered).toBeGreaterThan(50));
    for (let kill = 0; kill < 3; kill += 1) {
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await fleet.progress(5);
    }

    // No traffic from here on that could wake anybody.
    await conclude('subscribers killed 3 times, then silence', fleet);
  },
  faultBoundMs,
);
