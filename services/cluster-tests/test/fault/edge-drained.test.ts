import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { untilReady } from '../../src';
import { conclude, end, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

const drainSeconds = 2;
/** Its drain time, and what the last messages and a Redis that does not answer may take. */
const boundMs = (drainSeconds + 15) * 1000;

const trial = useFleet(
  { habits: patientHabits, traffic: { departuresPerSecond: 0 }, expectedCloses: [1012] },
  { env: { RELAY_DRAIN_SECONDS: String(drainSeconds) } },
);

/** Of the devices of an edge that is told to leave, the close codes, and when the last of them was closed. */
async function drain(index: 0 | 1): Promise<{ codes: number[]; lastAfterMs: number }> {
  const edge = trial.cluster.edges[index];
  const told = trial.fleet.books.now();
  const held = trial.fleet.books.connections.filter((one) => one.edge === edge.url && one.registered && !one.closed);
  expect(held.length).toBeGreaterThan(0);

  expect(await end(edge, 'SIGTERM')).toEqual({ code: 0, signal: null });

  expect(trial.fleet.books.now().atMs - told.atMs).toBeLessThan(boundMs);
  // Its end may be heard of before the last of its frames.
  const closed = await eventually(() => held.map((one) => ({ code: one.closed!.code, atMs: one.closed!.atMs })));
  return {
    codes: closed.map(({ code }) => code),
    lastAfterMs: Math.max(...closed.map(({ atMs }) => atMs)) - told.atMs,
  };
}

test('edges that are restarted in turn send their devices away with 1012, end with code 0, and lose nothing', async () => {
  for (const index of [0, 1, 0, 1] as const) {
    await trial.fleet.progress(100);
    const { codes, lastAfterMs } = await drain(index);
    expect(codes).toEqual(codes.map(() => 1012));
    if (codes.length > 1) expect(lastAfterMs).toBeGreaterThan(drainSeconds * 400); // they are spread over the time
    await trial.fleet.progress(50);
    await trial.cluster.restartEdge(index);
  }
  await trial.fleet.progress(100);

  await conclude('4 edges drained', trial.fleet);
});

test('an edge leaves in time also when Redis is frozen meanwhile', async () => {
  await trial.fleet.progress(100);
  trial.cluster.redis.kill('SIGSTOP');
  const { codes } = await drain(0);
  trial.cluster.redis.kill('SIGCONT');
  expect(codes).toEqual(codes.map(() => 1012));

  await untilReady(trial.cluster.edges[1]);
  await trial.cluster.restartEdge(0);
  await trial.fleet.progress(100);

  await conclude('an edge drained while Redis is frozen', trial.fleet);
});
