import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import type { Fleet } from '../../src/fleet';
import { FaultCluster, metricOf, note } from './fault-cluster';

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start({ clusterMode: true });
  fleet = await cluster.fleet({ traffic: { departuresPerSecond: 0 } });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

async function replacements(): Promise<number> {
  const counts = await Promise.all(
    cluster.edges.map((edge) => metricOf(edge, 'openrelay_subscriber_replacements_total')),
  );
  return counts[0]! + counts[1]!;
}
