import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, type Refusal, Sealed } from '@openrelay/protocol';
import { type Accepted, RedisUnavailable } from '@openrelay/state';
import type { RouteRequest } from '../../src/routing/route-request';
import { Router } from '../../src/routing/router';
import { connectionIn, deliveryRig, nowMs } from './edge-rig';

const request: RouteRequest = {
  sender: connectionIn('registered'),
  recipient: deviceKeyOf('AB'.repeat(32)),
  messageId: 'id',
  ttlMs: 1000,
  kind: 'message',
  sealed: new Sealed('json', '{}'),
};

/** Routes one message over a Redis that answers these calls, one after the other. */
async function routeOver(answers: (() => Promise<Accepted[]>)[]) {
  const refused: Refusal[] = [];
  const rig = deliveryRig();
  const router = new Router({
    ...rig,
    node: 'n',
    forwarder: { forward: async () => [] },
    sessions: { findOrDeregister: () => undefined },
    sweeps: { sweep: async () => 0 },
    queue: { maxBytes: 1000, accept: () => answers.shift()!() },
    link: { deadlineMs: () => nowMs + 1000, laneOf: () => 0 },
    commandTimeoutMs: 60_000,
    hidePresence: false,
    frames: { release: () => undefined },
    replies: { refuse: (_, refusal) => refused.push(refusal), accepted: () => undefined },
  });
  router.route(request);
  while (!router.isIdle) await turn();
  return { refused, doubtful: [...rig.doubtful.takeFailed().shards] };
}

const halfway = () =>
  Promise.reject(Object.assign(new Error('WRONGTYPE script: f00, on @user_script:9.'), { name: 'ReplyError' }));
const gone = () => Promise.reject(new RedisUnavailable('the connection was closed'));
const listed = async (): Promise<Accepted[]> => [{ status: 'listed' }];

test.each([
  ['a call that failed halfway', [halfway]],
  ['a call that failed halfway, with the tag that Redis had asked for', [listed, halfway]],
])('of %s nobody says that nothing was stored, and its devices are doubtful', async (_, answers) => {
  const { refused, doubtful } = await routeOver(answers);
  expect(refused).toMatchObject([{ code: 503, text: expect.stringMatching(/did not say whether this was stored/) }]);
  expect(doubtful).toEqual([0]);
});

test('of a call that never left it is said that nothing was stored, and nothing is doubtful', async () => {
  const { refused, doubtful } = await routeOver([gone]);
  expect(refused).toMatchObject([{ code: 503, text: expect.stringMatching(/nothing was stored/) }]);
  expect(doubtful).toEqual([]);
});
