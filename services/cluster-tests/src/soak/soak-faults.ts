import { setTimeout as pause } from 'node:timers/promises';
import type { Range, SeededRandom } from '../fleet';
import { hurtNetwork } from './hurt-network';
import type { SoakCluster } from './soak-cluster';

export type SoakFault = {
  readonly name: string;
  /** How often it is drawn, in relation to the others. */
  readonly weight: number;
  /** Over when it resolves; rejects when the cluster does not come back. */
  happen(cluster: SoakCluster, random: SeededRandom): Promise<unknown>;
};

const frozenMs: Range = [1000, 5000];
const hurtMs: Range = [100, 8000];

const soakFaults: readonly SoakFault[] = [
  {
    name: 'edge killed',
    weight: 5,
    happen: (cluster, random) => cluster.restartEdge(random.whole([0, cluster.edges.length - 1]), 'SIGKILL'),
  },
  {
    name: 'edge frozen',
    weight: 1,
    happen: (cluster, random) => freeze(random.pick(cluster.edges), random),
  },
  { name: 'redis frozen', weight: 1, happen: (cluster, random) => freeze(cluster.redis, random) },
  { name: 'redis killed', weight: 2, happen: (cluster) => cluster.restartRedis() },
  {
    name: 'network hurt',
    weight: 3,
    async happen({ networks }, random) {
      const network = random.pick(networks);
      hurtNetwork(network, random);
      await pause(random.magnitude(hurtMs));
      network.heal();
    },
  },
  { name: 'subscribers cut', weight: 1, happen: (cluster) => cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub') },
  { name: 'scripts flushed', weight: 1, happen: (cluster) => cluster.ask('SCRIPT', 'FLUSH') },
  {
    name: 'edges rolled',
    weight: 1,
    async happen(cluster) {
      for (const index of cluster.edges.keys()) await cluster.restartEdge(index, 'SIGTERM');
    },
  },
];

async function freeze(victim: { kill(signal: NodeJS.Signals): void }, random: SeededRandom): Promise<void> {
  victim.kill('SIGSTOP');
  await pause(random.whole(frozenMs));
  victim.kill('SIGCONT');
}

export function drawFault(random: SeededRandom): SoakFault {
  return random.pick(soakFaults.flatMap((fault) => Array<SoakFault>(fault.weight).fill(fault)));
}
