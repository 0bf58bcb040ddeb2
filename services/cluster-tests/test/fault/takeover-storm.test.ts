import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { type Fleet, patienceMs } from '../../src/fleet';
import { conclude, FaultCluster, faultBoundMs } from './fault-cluster';

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start();
  fleet = await cluster.fleet({
    devices: 3,
    habits: { pauseMs: [0, 10] },
    traffic: { dataBytes: [64, 4096], departuresPerSecond: 0 },
  });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

function takeovers(): number {
  return fleet.books.connections.filter(({ closed }) => closed?.code === 4001).length;
}

test(
  'one id that is registered over and over on both edges loses nothing that was accepted for it',
  async () => {
    const { id } = fleet.devices[0]!;
    const rivals = [fleet.add(id), fleet.add(id)];
    await eventually(() => expect(takeovers()).toBeGreaterThan(300), { timeoutMs: patienceMs });
    await fleet.progress(100);
    for (const rival of rivals) await fleet.remove(rival);

    await conclude(`${takeovers()} takeovers`, fleet);
  },
  faultBoundMs,
);
