import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { type Attempt, type Fleet, isAnswered } from '../../src/fleet';
import { conclude, FaultCluster, faultBoundMs, metricOf, statusOf, untilReady } from './fault-cluster';

const frozenMs = 8000;
/** The relay promises one second; the machine under test may be a slow one. */
const answerBoundMs = 4000;

let cluster: FaultCluster;
let fleet: Fleet;

beforeEach(async () => {
  cluster = await FaultCluster.start();
  fleet = await cluster.fleet({ traffic: { departuresPerSecond: 0 } });
});

afterEach(async () => {
  await fleet.stop();
  await cluster.stop();
});

function attempts(): Attempt[] {
  return [...fleet.books.messages.values()].filter(isAnswered).flatMap(({ attempts }) => attempts);
}

test(
  'while Redis is frozen every Send is refused with 503 in time, sockets stay open, and all goes on by itself',
  async () => {
    await fleet.progress(200);
    const before = fleet.devices.map(({ connection }) => connection);

    cluster.redis.kill('SIGSTOP');
    const frozen = fleet.books.now();
    for (const edge of cluster.edges) {
      await eventually(async () => expect(await statusOf(edge, '/ready')).toBe(503));
      expect(await statusOf(edge, '/health')).toBe(200);
    }
    await pause(frozenMs - (fleet.books.now().atMs - frozen.atMs));
    const thawed = fleet.books.now();
    cluster.redis.kill('SIGCONT');

    await Promise.all(cluster.edges.map(untilReady));
    await fleet.progress(200);
    expect(fleet.devices.map(({ connection }) => connection)).toEqual(before);
    // The subscriptions are as good as before: nothing is recovered a second time.
    for (const edge of cluster.edges) expect(await metricOf(edge, 'openrelay_subscriber_replacements_total')).toBe(0);

    const during = attempts().filter(({ atMs }) => atMs > frozen.atMs && atMs < thawed.atMs - answerBoundMs);
    expect(during.length).toBeGreaterThan(100);
    const slow = during.filter(({ atMs, answered }) => answered === undefined || answered.atMs - atMs > answerBoundMs);
    expect(slow).toEqual([]);
    // What was on its way when Redis froze may have been taken just before.
    const taken = during.filter(({ atMs, answered }) => answered?.code !== 503 && atMs > frozen.atMs + 100);
    expect(taken).toEqual([]);

    await conclude('Redis frozen for 8 s', fleet);
  },
  faultBoundMs,
);

test(
  'a Redis that freezes again and again for a moment costs no accepted message',
  async () => {
    for (const frozenForMs of [100, 700, 900, 1500]) {
      await fleet.progress(100);
      cluster.redis.kill('SIGSTOP');
      await pause(frozenForMs);
      cluster.redis.kill('SIGCONT');
      await Promise.all(cluster.edges.map(untilReady));
    }
    await fleet.progress(100);

    await conclude('Redis frozen 4 times for a moment', fleet);
  },
  faultBoundMs,
);
