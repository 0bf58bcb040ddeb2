import { expect, test } from '@jest/globals';
import { conclude } from './fault-cluster';
import { useFleet } from './use-fleet';

const trial = useFleet();

test('scripts flushed out of Redis under load are loaded again: nothing is refused and nothing lost', async () => {
  for (let flush = 0; flush < 20; flush += 1) {
    await trial.fleet.progress(20);
    await trial.cluster.ask('SCRIPT', 'FLUSH');
  }
  await trial.fleet.progress(100);

  const { figures } = await conclude('20 flushes of the scripts', trial.fleet);
  // A machine that holds Redis up for 0.8 s has senders refused, which edges log.
  const wasAway = trial.cluster.edges.some((edge) => edge.output().includes('"redis.away"'));
  if (!wasAway) expect(figures.refused).toEqual({});
});
