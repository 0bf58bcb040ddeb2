import { afterEach, beforeEach } from '@jest/globals';
import type { Fleet, FleetOptions } from '../../src/fleet';
import { FaultCluster, type FaultClusterOptions } from './fault-cluster';

export type Trial = {
  readonly cluster: FaultCluster;
  readonly fleet: Fleet;
};

/** Two edges and the fleet that uses them, anew for each test of a file; at the end the edges' books must balance. */
export function useFleet(fleetOptions: Partial<FleetOptions> = {}, clusterOptions: FaultClusterOptions = {}): Trial {
  let cluster: FaultCluster;
  let fleet: Fleet;

  beforeEach(async () => {
    cluster = await FaultCluster.start(clusterOptions);
    fleet = await cluster.fleet(fleetOptions);
  });

  afterEach(async () => {
    await fleet.stop();
    await cluster.stop();
  });

  return {
    get cluster() {
      return cluster;
    },
    get fleet() {
      return fleet;
    },
  };
}
