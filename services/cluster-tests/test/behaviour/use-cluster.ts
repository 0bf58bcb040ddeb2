import { afterAll, beforeAll } from '@jest/globals';
import { type Cluster, type ClusterOptions, startCluster } from '@openrelay/launch';

/** A cluster for the tests of a file, started before them and stopped after. It can be asked from the first test on. */
export function useCluster(options: ClusterOptions): Cluster {
  let started: Cluster | undefined;
  beforeAll(async () => {
    started = await startCluster(options);
  });
  afterAll(() => started?.stop());

  const cluster = (): Cluster => {
    if (started === undefined) throw new Error('The cluster is started before the tests, and not there yet.');
    return started;
  };
  return {
    get redis() {
      return cluster().redis;
    },
    get edges() {
      return cluster().edges;
    },
    edge: (index) => cluster().edge(index),
    addEdge: (plan) => cluster().addEdge(plan),
    restartEdge: (index, signal) => cluster().restartEdge(index, signal),
    stop: (signal) => cluster().stop(signal),
  };
}
