import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { untilReady } from '../../src';
import { patienceMs } from '../../src/fleet';
import { conclude } from './fault-cluster';
import { useFleet } from './use-fleet';

const frozenMs = 20_000;

const trial = useFleet();

/** The devices that were registered on an edge at that moment or later. */
function heldSince(edge: string, order: number): Set<string> {
  const held = trial.fleet.books.connections.filter(
    (one) => one.edge === edge && one.registered && (!one.closed || one.closed.order > order),
  );
  return new Set(held.map(({ device }) => device));
}

test('an edge that froze while its devices moved on does no harm when it wakes up', async () => {
  const [frozen, other] = trial.cluster.edges;
  await trial.fleet.progress(200);
  const { order } = trial.fleet.books.now();
  frozen.kill('SIGSTOP');
  await Promise.all([
    pause(frozenMs),
    // Devices come and go, so not all of them need be there at the same instant.
    eventually(() => expect(heldSince(other.url, order).size).toBe(trial.fleet.devices.length), {
      timeoutMs: patienceMs,
    }),
  ]);
  frozen.kill('SIGCONT');
  await untilReady(frozen);
  await trial.fleet.progress(300);

  await conclude('an edge frozen for 20 s', trial.fleet);
});

test('an edge that freezes for a moment, again and again, costs no accepted message', async () => {
  for (let freeze = 0; freeze < 4; freeze += 1) {
    const edge = trial.cluster.edges[freeze % 2]!;
    await trial.fleet.progress(100);
    edge.kill('SIGSTOP');
    await pause(1200);
    edge.kill('SIGCONT');
    await untilReady(edge);
  }
  await trial.fleet.progress(100);

  await conclude('edges frozen 4 times for a moment', trial.fleet);
});
