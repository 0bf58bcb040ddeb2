import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, type Refusal, Sealed } from '@openrelay/protocol';
import { type Forwarded, type Forwarder, type LiveAnswer, RedisUnavailable } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { Tick } from '../../src/batching/tick';
import { Backpressure } from '../../src/connection/backpressure';
import { Connection } from '../../src/connection/connection';
import { LiveAnswers, type LiveAsker } from '../../src/delivery/live-answers';
import { LiveHandover } from '../../src/delivery/live-handover';
import { LiveOffers } from '../../src/delivery/live-offers';
import { LiveForwards } from '../../src/routing/live-forwards';
import type { Socket } from '../../src/sockets/transport';

const recipient = deviceKeyOf('AB'.repeat(32));
const sealed = new Sealed('json', '{}');
const sender = new Connection({} as Socket, 'json', 0);

/** Forwards of a node that holds nobody; `forward` is Redis's part. */
function forwardsWith(
  forward: (batch: readonly { number: number }[]) => Promise<Forwarded[]>,
  commandTimeoutMs = 60_000,
) {
  const [refused, acked, noted]: [Refusal[], string[], LiveAnswer[]] = [[], [], []];
  const forwarder: Pick<Forwarder, 'forward' | 'answer' | 'fetch'> = {
    forward: (_shard, batch) => forward(batch),
    answer: async (_shard, batch) => noted.push(...batch),
    fetch: async () => [],
  };
  const tick = new Tick((asks) => asks());
  const parts = { tick, shards: 1, forwarder, metrics: createMetrics() };
  const outbox = { add: (_: Connection, frame: string | Uint8Array) => void acked.push(String(frame)) };
  const asker: LiveAsker = { answered: (number, outcome) => forwards.answered(number, outcome) };
  const answers = new LiveAnswers({ ...parts, asker });
  const backpressure = new Backpressure({ ...parts, registry: { mark: async () => 0 } });
  const handover = new LiveHandover({ clock: { now: () => 0 }, outbox, answers, backpressure });
  const delivery = { wake: () => {} };
  const forwards = new LiveForwards({
    ...parts,
    outbox,
    answers,
    offers: new LiveOffers({ ...parts, answers, handover, backpressure, delivery }),
    sessions: { find: () => undefined, deregisterOrphan: () => undefined },
    commandTimeoutMs,
    deadlineMs: () => 1000,
    refuse: (_, refusal) => refused.push(refusal),
  });
  return { forwards, refused, acked, noted };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await turn();
}

async function forwardOne(forwards: LiveForwards, messageId: string | undefined): Promise<void> {
  forwards.forward(sender, recipient, messageId, sealed);
  await turns();
}

test('what was left to the node and could not be handed over may be sent again', async () => {
  const { forwards, refused, noted } = forwardsWith(async () => [{ status: 'local', session: 's', seq: 0 }]);
  await forwardOne(forwards, 'id');
  expect(refused).toMatchObject([{ code: 404, messageId: 'id' }]);
  expect(noted).toMatchObject([{ recipient, outcome: 'absent', asker: '' }]);
  expect(forwards.isIdle).toBe(true);
});

test('what may have been published when Redis answered too late may be sent again', async () => {
  const { forwards, refused, noted } = forwardsWith(() => Promise.reject(new RedisUnavailable('too late')));
  await forwardOne(forwards, 'id');
  expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]);
  expect(noted).toMatchObject([{ recipient, outcome: 'absent', asker: '' }]);
});

test('what Redis did not note, and what has no id, leaves nothing to take back', async () => {
  const absent = forwardsWith(async () => [{ status: 'absent' }]);
  await forwardOne(absent.forwards, 'id');
  const unnamed = forwardsWith(async () => [{ status: 'local', session: 's', seq: 0 }]);
  await forwardOne(unnamed.forwards, undefined);
  expect([absent, unnamed].map(({ refused }) => refused[0]?.code)).toEqual([404, 404]);
  expect([absent, unnamed].flatMap(({ noted }) => noted)).toEqual([]);
});

test('a message is answered when its recipient’s node has spoken, not when it was published', async () => {
  const { forwards, refused, acked } = forwardsWith(async () => [{ status: 'published' }]);
  await forwardOne(forwards, 'id');
  expect([refused, acked, forwards.isIdle]).toEqual([[], [], false]);
  forwards.answered(2, 'handed'); // of no message
  expect(forwards.isIdle).toBe(false);
  forwards.answered(1, 'handed');
  forwards.answered(1, 'absent');
  expect(acked).toHaveLength(1);
  expect(refused).toEqual([]);
  expect(forwards.isIdle).toBe(true);
});

test('an answer may come before Redis’s own', async () => {
  let fail: (error: Error) => void = () => {};
  const answer = new Promise<Forwarded[]>((_, reject) => {
    fail = reject;
  });
  const { forwards, refused, acked } = forwardsWith(() => answer);
  await forwardOne(forwards, 'id');
  forwards.answered(1, 'handed');
  expect(acked).toHaveLength(1);
  fail(new RedisUnavailable('too late'));
  await turns();
  expect(refused).toEqual([]);
});

test('a node that does not speak in time has its senders refused, and the messages may be sent again', async () => {
  const { forwards, refused, noted } = forwardsWith(async () => [{ status: 'published' }], 1);
  forwards.forward(sender, recipient, 'id', sealed);
  while (!forwards.isIdle || noted.length === 0) await turn();
  expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]);
  expect(noted).toMatchObject([{ recipient, outcome: 'absent', asker: '' }]);
});

test('repeats of an id that is under way are not forwarded, and share what becomes of the first', async () => {
  const asked: number[] = [];
  const { forwards, refused, acked } = forwardsWith(async (batch) => {
    asked.push(...batch.map(({ number }) => number));
    return batch.map(() => ({ status: 'published' }));
  });
  for (const id of ['one', 'ONE', 'two', 'Two']) forwards.forward(sender, recipient, id, sealed);
  await turns();
  expect(asked).toEqual([1, 2]);
  forwards.answered(1, 'absent');
  forwards.answered(2, 'handed');
  expect(refused.map(({ code, messageId }) => [code, messageId])).toEqual([
    [404, 'one'],
    [404, 'ONE'],
  ]);
  expect(acked.map((frame) => frame.includes('Two') || frame.includes('two'))).toEqual([true, true]);
});

test('what may be without an answer is bounded', async () => {
  const { forwards, refused } = forwardsWith(async (batch) => batch.map(() => ({ status: 'published' })));
  for (let sent = 0; sent < 8192; sent += 1) forwards.forward(sender, recipient, `id ${sent}`, sealed);
  expect(refused).toEqual([]);
  await forwardOne(forwards, 'one more');
  expect(refused).toMatchObject([{ code: 503, messageId: 'one more' }]);
});
