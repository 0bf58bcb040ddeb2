import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { patienceMs } from '../../src/fleet';
import { conclude } from './fault-cluster';
import { useFleet } from './use-fleet';

const trial = useFleet({
  devices: 3,
  habits: { pauseMs: [0, 10] },
  traffic: { dataBytes: [64, 4096], departuresPerSecond: 0 },
});

function takeovers(): number {
  return trial.fleet.books.connections.filter(({ closed }) => closed?.code === 4001).length;
}

test('one id that is registered over and over on both edges loses nothing that was accepted for it', async () => {
  const { id } = trial.fleet.devices[0]!;
  const rivals = [trial.fleet.add(id), trial.fleet.add(id)];
  await eventually(() => expect(takeovers()).toBeGreaterThan(300), { timeoutMs: patienceMs });
  await trial.fleet.progress(100);
  for (const rival of rivals) await trial.fleet.remove(rival);

  await conclude(`${takeovers()} takeovers`, trial.fleet);
});
