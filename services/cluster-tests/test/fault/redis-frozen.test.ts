import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { metricOf, statusOf, untilReady } from '../../src';
import { attemptsOf, conclude, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

const frozenMs = 8000;
/** What the relay promises. A busy machine lengthens all answers, and those of the quickest tenth the least. */
const promisedMs = 1000;
/** Nobody waits longer on any machine. */
const answerBoundMs = 4000;

const trial = useFleet({ habits: patientHabits, traffic: { departuresPerSecond: 0 } });

test('while Redis is frozen every Send is refused with 503 within a second, sockets stay open, and all goes on by itself', async () => {
  await trial.fleet.progress(200);
  const before = trial.fleet.devices.map(({ connection }) => connection);

  trial.cluster.redis.kill('SIGSTOP');
  const frozen = trial.fleet.books.now();
  for (const edge of trial.cluster.edges) {
    await eventually(async () => expect(await statusOf(edge, '/ready')).toBe(503));
    expect(await statusOf(edge, '/health')).toBe(200);
  }
  await pause(frozenMs - (trial.fleet.books.now().atMs - frozen.atMs));
  const thawed = trial.fleet.books.now();
  trial.cluster.redis.kill('SIGCONT');

  await Promise.all(trial.cluster.edges.map(untilReady));
  await trial.fleet.progress(200);
  expect(trial.fleet.devices.map(({ connection }) => connection)).toEqual(before);
  // The subscriptions are as good as before: nothing is recovered a second time.
  for (const edge of trial.cluster.edges) expect(await metricOf(edge, 'subscriber_replacements_total')).toBe(0);

  const during = attemptsOf(trial.fleet).filter(({ atMs }) => atMs > frozen.atMs && atMs < thawed.atMs - answerBoundMs);
  expect(during.length).toBeGreaterThan(100);
  const slow = during.filter(({ atMs, answered }) => answered === undefined || answered.atMs - atMs > answerBoundMs);
  expect(slow).toEqual([]);
  const inTime = during.filter(({ atMs, answered }) => answered && answered.atMs - atMs <= promisedMs);
  expect(inTime.length).toBeGreaterThan(during.length / 10);
  // What was on its way when Redis froze may have been taken just before.
  const taken = during.filter(({ atMs, answered }) => answered?.code !== 503 && atMs > frozen.atMs + 100);
  expect(taken).toEqual([]);

  await conclude('Redis frozen for 8 s', trial.fleet);
});

test('a Redis that freezes again and again for a moment costs no accepted message', async () => {
  for (const frozenForMs of [100, 700, 900, 1500]) {
    await trial.fleet.progress(100);
    trial.cluster.redis.kill('SIGSTOP');
    await pause(frozenForMs);
    trial.cluster.redis.kill('SIGCONT');
    await Promise.all(trial.cluster.edges.map(untilReady));
  }
  await trial.fleet.progress(100);

  await conclude('Redis frozen 4 times for a moment', trial.fleet);
});
