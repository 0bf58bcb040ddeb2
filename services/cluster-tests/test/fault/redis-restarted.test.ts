import { afterEach, expect, test } from '@jest/globals';
import { untilReady } from '../../src';
import type { Fleet } from '../../src/fleet';
import { conclude, end, FaultCluster, patientHabits } from './fault-cluster';

let cluster: FaultCluster;
let fleet: Fleet;

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

// A killed Redis loses what it had not written yet; it is told to write everything, so that a loss is the edges'.
test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a Redis that ends by %s and comes back with its data costs no accepted message',
  async (signal) => {
    cluster = await FaultCluster.start({ redisArguments: ['--appendfsync', 'always'] });
    fleet = await cluster.fleet({ habits: patientHabits, traffic: { departuresPerSecond: 0 } });
    const before = fleet.devices.map(({ connection }) => connection);

    for (let restart = 0; restart < 3; restart += 1) {
      await fleet.progress(150);
      await end(cluster.redis, signal);
      await cluster.redis.restart();
      await Promise.all(cluster.edges.map(untilReady));
    }
    await fleet.progress(150);
    expect(fleet.devices.map(({ connection }) => connection)).toEqual(before);

    await conclude(`Redis ended 3 times by ${signal}`, fleet);
  },
);

test('devices that come and go while Redis restarts are served as soon as it is back', async () => {
  cluster = await FaultCluster.start({ redisArguments: ['--appendfsync', 'always'] });
  fleet = await cluster.fleet({ traffic: { departuresPerSecond: 5 } });

  for (let restart = 0; restart < 3; restart += 1) {
    await fleet.progress(150);
    await end(cluster.redis, 'SIGKILL');
    await cluster.redis.restart();
    await fleet.allConnected();
  }
  await fleet.progress(150);

  await conclude('Redis killed 3 times under devices that come and go', fleet);
});
