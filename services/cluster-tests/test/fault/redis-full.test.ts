import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { depthOfAll } from '../../src/devices/mailbox-commands';
import { isAnswered, patienceMs } from '../../src/fleet';
import { conclude } from './fault-cluster';
import { useFleet } from './use-fleet';

const headroomBytes = 128 * 1024;

// A key rotation leaves its queue only with a connection that lasts, or with its time.
const trial = useFleet({ traffic: { mix: { stored: 12, live: 4, auth: 2, rotation: 0 } } });

async function usedBytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await trial.cluster.ask('INFO', 'memory'))![1]);
}

async function boundMemory(bytes: number): Promise<void> {
  expect(await trial.cluster.ask('CONFIG', 'SET', 'maxmemory', String(bytes))).toBe('OK');
}

/** What senders of messages that are stored, or of live-only ones, were answered since then. */
function answersSince(order: number, kind: 'stored' | 'live'): (number | 'accepted')[] {
  const sent = [...trial.fleet.books.messages.values()].filter(isAnswered);
  const ofKind = sent.filter(({ ttlSeconds }) => (ttlSeconds === 0 ? 'live' : 'stored') === kind);
  const attempts = ofKind.flatMap((message) => message.attempts).filter((one) => one.order > order);
  return attempts.flatMap(({ answered }) => (answered ? [answered.code] : []));
}

async function queued(): Promise<number> {
  return Number(await trial.cluster.ask(...depthOfAll));
}

test('a Redis without memory takes no message, but acks and what is live-only, and loses none that it accepted', async () => {
  await trial.fleet.progress(200);
  const { order } = trial.fleet.books.now();

  await boundMemory((await usedBytes()) + headroomBytes);
  await eventually(() => expect(answersSince(order, 'stored')).toContain(503), { timeoutMs: patienceMs });

  await boundMemory(1); // as full as can be: whatever is in a queue now can only leave it
  await eventually(async () => expect(await queued()).toBe(0), { timeoutMs: patienceMs });
  const full = trial.fleet.books.now();
  await eventually(() => expect(answersSince(full.order, 'stored').length).toBeGreaterThan(50));
  expect(new Set(answersSince(full.order, 'stored'))).toEqual(new Set([503]));
  await eventually(() => expect(answersSince(full.order, 'live')).toContain('accepted'));

  await boundMemory(0);
  await trial.fleet.progress(200);

  await conclude('Redis out of memory', trial.fleet);
});
