import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { metricOf, untilReady } from '../../src';
import { conclude, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

const trial = useFleet({ habits: patientHabits, traffic: { departuresPerSecond: 0 } });

async function deliveredLive(): Promise<number> {
  const [one, other] = await Promise.all(
    trial.cluster.edges.map((edge) => metricOf(edge, 'messages_delivered_live_total')),
  );
  return one! + other!;
}

test('subscribers that are killed every second under traffic lose nothing, and delivery is live again after each', async () => {
  const before = trial.fleet.devices.map(({ connection }) => connection);
  for (let kill = 0; kill < 10; kill += 1) {
    await Promise.all([pause(1000), trial.fleet.progress(50)]);
    await trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
  }
  await Promise.all(trial.cluster.edges.map(untilReady));
  const live = await deliveredLive();
  await trial.fleet.progress(100);
  expect(await deliveredLive()).toBeGreaterThan(live);
  expect(trial.fleet.devices.map(({ connection }) => connection)).toEqual(before);

  await conclude('subscribers killed every second, 10 times', trial.fleet);
});

test('all connections to Redis killed at once, again and again, lose nothing', async () => {
  for (let kill = 0; kill < 5; kill += 1) {
    await trial.fleet.progress(50);
    await trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'normal');
  }
  await Promise.all(trial.cluster.edges.map(untilReady));
  await trial.fleet.progress(100);

  await conclude('all connections to Redis killed 5 times', trial.fleet);
});

test('one message whose wake-up got lost is delivered without any later one', async () => {
  await eventually(() => expect(trial.fleet.books.delivered).toBeGreaterThan(50));
  for (let kill = 0; kill < 3; kill += 1) {
    await trial.cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await trial.fleet.progress(5);
  }

  // No traffic from here on that could wake anybody.
  await conclude('subscribers killed 3 times, then silence', trial.fleet);
});
