import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, type Refusal, Sealed } from '@openrelay/protocol';
import { type Forwarded, type LiveAnswer, RedisUnavailable } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import type { LiveAsker } from '../../src/delivery/live-answers';
import type { RouteRequest } from '../../src/routing/route-request';
import { Router } from '../../src/routing/router';
import { connectionIn, deliveryRig, nowMs } from './edge-rig';

const recipient = deviceKeyOf('AB'.repeat(32));
const sealed = new Sealed('json', '{}');
const sender = connectionIn('registered');

/** A router of a node that holds nobody; `forward` is Redis's part, and what is to be stored is `stored`. */
function routerWith(
  forward: (batch: readonly { number: number }[]) => Promise<Forwarded[]>,
  commandTimeoutMs = 60_000,
) {
  const [refused, acked, noted, stored]: [Refusal[], unknown[], LiveAnswer[], unknown[]] = [[], [], [], []];
  const answer = async (_: number, batch: LiveAnswer[]) => noted.push(...batch);
  const asker: LiveAsker = { answered: (number, outcome) => router.forwards.answered(number, outcome) };
  const router = new Router({
    ...deliveryRig({ answer }, asker),
    node: 'n',
    forwarder: { forward: (_, batch) => forward(batch) },
    sessions: { findOrDeregister: () => undefined },
    sweeps: { sweep: async () => 0 },
    queue: {
      maxBytes: 1000,
      accept: async (_, batch) => {
        stored.push(...batch.map(({ envelope }) => envelope.id));
        return batch.map(() => ({ status: 'queued', seq: 1, expiresAtMs: 2000 }));
      },
    },
    link: { deadlineMs: () => nowMs + 1000, laneOf: () => 0 },
    commandTimeoutMs,
    hidePresence: false,
    frames: { release: () => undefined },
    replies: {
      refuse: (_, refusal) => refused.push(refusal),
      accepted: ({ messageId }, status) => acked.push([messageId, status]),
    },
  });
  const { forwards } = router;
  return { router, forwards, refused, acked, noted, stored };
}

function requestOf(messageId: string | undefined, ttlMs = 0): RouteRequest {
  return { sender, recipient, messageId, ttlMs, kind: 'message', sealed };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await turn();
}

async function routeOne(router: Router, messageId: string | undefined): Promise<void> {
  router.route(requestOf(messageId));
  await turns();
}

test('what was left to the node and could not be handed over may be sent again', async () => {
  const { router, forwards, refused, noted } = routerWith(async () => [{ status: 'local', session: 's', seq: 0 }]);
  await routeOne(router, 'id');
  expect(refused).toMatchObject([{ code: 404, messageId: 'id' }]);
  expect(noted).toMatchObject([{ digest: expect.stringMatching(/^.{16}$/s), outcome: 'absent', asker: '' }]);
  expect(forwards.isIdle).toBe(true);
});

test('what may have been published when Redis answered too late may be sent again', async () => {
  const { router, refused, noted } = routerWith(() => Promise.reject(new RedisUnavailable('too late')));
  await routeOne(router, 'id');
  expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]);
  expect(noted).toMatchObject([{ digest: expect.stringMatching(/^.{16}$/s), outcome: 'absent', asker: '' }]);
});

test('a batch that failed halfway may have been handed over: nobody is told that nothing was stored', async () => {
  const halfway = Object.assign(new Error('WRONGTYPE of a key script: f00, on @user_script:12.'), {
    name: 'ReplyError',
  });
  const { router, refused, noted } = routerWith(() => Promise.reject(halfway));
  await routeOne(router, 'id');
  expect(refused).toMatchObject([{ code: 503, messageId: 'id', text: expect.stringMatching(/^Nobody said in time/) }]);
  expect(noted).toMatchObject([{ outcome: 'absent', asker: '' }]);
});

test('what Redis did not note, and what has no id, leaves nothing to take back', async () => {
  const absent = routerWith(async () => [{ status: 'absent' }]);
  await routeOne(absent.router, 'id');
  const unnamed = routerWith(async () => [{ status: 'local', session: 's', seq: 0 }]);
  await routeOne(unnamed.router, undefined);
  expect([absent, unnamed].map(({ refused }) => refused[0]?.code)).toEqual([404, 404]);
  expect([absent, unnamed].flatMap(({ noted }) => noted)).toEqual([]);
});

test('a message is answered when its recipient’s node has spoken, not when it was published', async () => {
  const { router, forwards, refused, acked } = routerWith(async () => [{ status: 'published' }]);
  await routeOne(router, 'id');
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
  const { router, forwards, refused, acked } = routerWith(() => answer);
  await routeOne(router, 'id');
  forwards.answered(1, 'handed');
  expect(acked).toHaveLength(1);
  fail(new RedisUnavailable('too late'));
  await turns();
  expect(refused).toEqual([]);
});

test('a node that does not speak in time has its senders refused, and the messages may be sent again', async () => {
  const { router, forwards, refused, noted } = routerWith(async () => [{ status: 'published' }], 1);
  router.route(requestOf('id'));
  await eventually(() => expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]));
  await turns();
  expect(forwards.isIdle).toBe(true);
  expect(noted).toMatchObject([{ digest: expect.stringMatching(/^.{16}$/s), outcome: 'absent', asker: '' }]);
});

test('repeats of an id that is under way are not forwarded, and share what becomes of the first', async () => {
  const asked: number[] = [];
  const { router, forwards, refused, acked } = routerWith(async (batch) => {
    asked.push(...batch.map(({ number }) => number));
    return batch.map(() => ({ status: 'published' }));
  });
  for (const id of ['one', 'ONE', 'two', 'Two']) router.route(requestOf(id));
  await turns();
  expect(asked).toEqual([1, 2]);
  forwards.answered(1, 'absent');
  forwards.answered(2, 'handed');
  expect(refused.map(({ code, messageId }) => [code, messageId])).toEqual([
    [404, 'one'],
    [404, 'ONE'],
  ]);
  expect(acked).toEqual([
    ['two', 'delivered'],
    ['Two', 'delivered'],
  ]);
});

test('a Send that is to be stored waits for a live-only one of its id, and is stored unless that was handed over', async () => {
  const { router, forwards, acked, stored } = routerWith(async (batch) => batch.map(() => ({ status: 'published' })));
  for (const id of ['one', 'two']) {
    router.route(requestOf(id));
    router.route(requestOf(id, 60_000));
  }
  await turns();
  expect(stored).toEqual([]);
  forwards.answered(1, 'handed');
  forwards.answered(2, 'absent');
  await turns();
  expect(stored).toEqual(['two']);
  expect(acked).toEqual([
    ['one', 'delivered'],
    ['one', 'delivered'],
    ['two', 'queued'],
  ]);
});

test('of one id sixteen wait; one more is refused, or stored at once if it is to be stored', async () => {
  const { router, refused, stored } = routerWith(async (batch) => batch.map(() => ({ status: 'published' })));
  for (let sent = 0; sent < 16; sent += 1) router.route(requestOf('id'));
  await turns();
  expect(refused).toEqual([]);
  router.route(requestOf('id'));
  router.route(requestOf('id', 60_000));
  await turns();
  expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]);
  expect(stored).toEqual(['id']);
});

test('what may be without an answer is bounded', async () => {
  const { router, refused } = routerWith(async (batch) => batch.map(() => ({ status: 'published' })));
  for (let sent = 0; sent < 8192; sent += 1) router.route(requestOf(`id ${sent}`));
  expect(refused).toEqual([]);
  await routeOne(router, 'one more');
  expect(refused).toMatchObject([{ code: 503, messageId: 'one more' }]);
});
