import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, test } from '@jest/globals';
import { type Fleet, type Range, SeededRandom } from '../../src/fleet';
import { hurtNetwork } from '../../src/soak/hurt-network';
import { conclude, end, FaultCluster, faultBoundMs } from './fault-cluster';

const faultsInAll = 20;
const frozenMs: Range = [100, 1500];

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start({ redisArguments: ['--appendfsync', 'always'] });
  const habits = { pauseMs: [20, 1500], ackAfterMs: [0, 400] } as const;
  fleet = await cluster.fleet({ habits, expectedCloses: [1012] });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

/** One fault of any kind, over when it resolves; nobody waits until all is well again. */
const faults: Record<string, (random: SeededRandom) => Promise<unknown>> = {
  async 'edge killed'(random) {
    const index = random.pick([0, 1] as const);
    await end(cluster.edges[index], random.pick(['SIGKILL', 'SIGTERM']));
    await cluster.restartEdge(index);
  },
  'edge frozen': (random) => freeze(random.pick(cluster.edges), random),
  'redis frozen': (random) => freeze(cluster.redis, random),
  async 'redis killed'(random) {
    await end(cluster.redis, random.pick(['SIGKILL', 'SIGTERM']));
    await cluster.redis.restart();
  },
  'subscribers cut': () => cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'commands cut': () => cluster.ask('CLIENT', 'KILL', 'TYPE', 'normal'),
  'scripts flushed': () => cluster.ask('SCRIPT', 'FLUSH'),
  async 'network hurt'(random) {
    hurtNetwork(cluster.network, random);
    await pause(random.whole(frozenMs));
    cluster.network.heal();
  },
};

async function freeze(victim: { kill(signal: NodeJS.Signals): void }, random: SeededRandom): Promise<void> {
  victim.kill('SIGSTOP');
  await pause(random.whole(frozenMs));
  victim.kill('SIGCONT');
}

test(
  'faults of all kinds, one on the heels of the other, cost no accepted message',
  async () => {
    const random = new SeededRandom(fleet.seed);
    const happened: string[] = [];
    for (let i = 0; i < faultsInAll; i += 1) {
      await fleet.progress(20);
      const name = random.pick(Object.keys(faults));
      happened.push(name);
      await faults[name]!(random);
    }

    await conclude(happened.join(', '), fleet);
  },
  faultBoundMs,
);
