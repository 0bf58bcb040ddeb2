import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { metricOf } from '../../src';
import { conclude, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

const shards = Array.from({ length: 16 }, (_, shard) => shard);
/** The relay promises three seconds; the machine under test may be a slow one. */
const foundWithinMs = 60_000;

const trial = useFleet({ habits: patientHabits, traffic: { departuresPerSecond: 0 } }, { clusterMode: true });

/** Has Redis give slots away and take them back at once: their subscribers lose their channels, and keep their connections. */
async function deafen(deafShards: readonly number[]): Promise<void> {
  const slots = await Promise.all(deafShards.map((shard) => trial.cluster.ask('CLUSTER', 'KEYSLOT', `or:{${shard}}:`)));
  const all = slots.join(' ');
  const socket = connect(trial.cluster.redis.port, trial.cluster.redis.host);
  // One transaction: the cluster is never seen without the slots, so that no command fails.
  socket.end(`MULTI\r\nCLUSTER DELSLOTS ${all}\r\nCLUSTER ADDSLOTS ${all}\r\nEXEC\r\n`);
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString();
  });
  await once(socket, 'close');
  expect(answer).toMatch(/\*2\r\n\+OK\r\n\+OK\r\n$/);
}

function replacements(): Promise<number[]> {
  return Promise.all(trial.cluster.edges.map((edge) => metricOf(edge, 'subscriber_replacements_total')));
}

test.each([
  { what: 'all channels', deafShards: shards },
  { what: 'one channel', deafShards: [0] },
])('subscribers that lose $what without an error are found and replaced, and lose nothing', async (given) => {
  await trial.fleet.progress(100);
  const before = trial.fleet.devices.map(({ connection }) => connection);
  const replacedBefore = await replacements();

  await deafen(given.deafShards);

  await eventually(
    async () => {
      const replaced = await replacements();
      expect(replaced.filter((count, i) => count > replacedBefore[i]!)).toHaveLength(2);
    },
    { timeoutMs: foundWithinMs },
  );
  await trial.fleet.progress(100);
  expect(trial.fleet.devices.map(({ connection }) => connection)).toEqual(before);

  await conclude(`subscribers deaf to ${given.what}`, trial.fleet);
});
