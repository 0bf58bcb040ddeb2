import type { Redis } from 'ioredis';
import { isUnready } from './unavailable-reason';

/**
 * Rejects for a server that is connected, but is reading its data still, or belongs to a Cluster which is down: some commands
 * are answered even so. A user who may not ask finds out by the first that is not.
 */
export async function untilReady(node: Redis, place: 'alone' | 'of a Cluster'): Promise<void> {
  const unready = (error: Error) => {
    if (isUnready(error)) throw error;
  };
  const states = place === 'alone' ? [] : [stateOfCluster(node)];
  await Promise.all([node.ping(), ...states].map((asked) => asked.catch(unready)));
}

async function stateOfCluster(node: Redis): Promise<void> {
  const state = await node.cluster('INFO');
  if (String(state).includes('cluster_state:fail')) throw new Error('CLUSTERDOWN The cluster is down');
}
