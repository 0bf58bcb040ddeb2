import { setTimeout as pause } from 'node:timers/promises';
import { test } from '@jest/globals';
import { type Range, SeededRandom } from '../../src/fleet';
import { hurtNetwork } from '../../src/soak/hurt-network';
import { conclude, end } from './fault-cluster';
import { useFleet } from './use-fleet';

const faultsInAll = 20;
const frozenMs: Range = [100, 1500];

const habits = { pauseMs: [20, 1500], ackAfterMs: [0, 400] } as const;
const trial = useFleet({ habits, expectedCloses: [1012] }, { redisArguments: ['--appendfsync', 'always'] });

/** One fault of any kind, over when it resolves; nobody waits until all is well again. */
const faults: Record<string, (random: SeededRandom) => Promise<unknown>> = {
  async 'edge killed'(random) {
    const index = random.pick([0, 1] as const);
    await end(trial.cluster.edges[index], random.pick(['SIGKILL', 'SIGTERM']));
    await trial.cluster.restartEdge(index);
  },
  'edge frozen': (random) => freeze(random.pick(trial.cluster.edges), random),
  'redis frozen': (random) => freeze(trial.cluster.redis, random),
  async 'redis killed'(random) {
    await end(trial.cluster.redis, random.pick(['SIGKILL', 'SIGTERM']));
    await trial.cluster.redis.restart();
  },
  'subscribers cut': () => trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'commands cut': () => trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'normal'),
  'scripts flushed': () => trial.cluster.ask('SCRIPT', 'FLUSH'),
  async 'network hurt'(random) {
    hurtNetwork(trial.cluster.network, random);
    await pause(random.whole(frozenMs));
    trial.cluster.network.heal();
  },
};

async function freeze(victim: { kill(signal: NodeJS.Signals): void }, random: SeededRandom): Promise<void> {
  victim.kill('SIGSTOP');
  await pause(random.whole(frozenMs));
  victim.kill('SIGCONT');
}

test('faults of all kinds, one on the heels of the other, cost no accepted message', async () => {
  const random = new SeededRandom(trial.fleet.seed);
  const happened: string[] = [];
  for (let i = 0; i < faultsInAll; i += 1) {
    await trial.fleet.progress(20);
    const name = random.pick(Object.keys(faults));
    happened.push(name);
    await faults[name]!(random);
  }

  await conclude(happened.join(', '), trial.fleet);
});
