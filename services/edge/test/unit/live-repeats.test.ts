import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { deviceKeyOf, type Refusal, Sealed } from '@openrelay/protocol';
import { type Forwarded, type Forwarder, RedisAway } from '@openrelay/state';
import { Connection } from '../../src/connection';
import { Routing, type RoutingParts } from '../../src/routing';
import { Tick } from '../../src/tick';
import type { Socket } from '../../src/transport';

const recipient = deviceKeyOf('AB'.repeat(32));
const sealed = new Sealed('json', '{}');

/** A routing whose node has just lost the recipients that Redis says it holds. */
function routingWith(forward: () => Promise<Forwarded[]>) {
  const refused: Refusal[] = [];
  const forgotten: string[] = [];
  const forwarder: Pick<Forwarder, 'forward' | 'forget'> = {
    forward,
    forget: async (_shard, batch) => forgotten.push(...batch.map(({ envelope }) => envelope.id)),
  };
  const parts: Partial<Record<keyof RoutingParts, unknown>> = {
    tick: new Tick((asks) => asks()),
    shards: 1,
    link: { clock: { now: () => 0 } },
    forwarder,
    registrations: { find: () => undefined },
    metrics: { count: () => {} },
    refuse: (_sender: Connection, refusal: Refusal) => refused.push(refusal),
  };
  return { routing: new Routing(parts as RoutingParts), refused, forgotten };
}

async function forwardOne(routing: Routing, messageId: string | undefined): Promise<void> {
  routing.forward(new Connection({} as Socket, 'json', 0), recipient, messageId, sealed);
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

it('what was left to the node and could not be handed on is forgotten, so that it may be sent again', async () => {
  const { routing, refused, forgotten } = routingWith(async () => [{ status: 'local', session: 's' }]);
  await forwardOne(routing, 'id');
  expect(refused).toMatchObject([{ code: 404, messageId: 'id' }]);
  expect(forgotten).toEqual(['id']);
  expect(routing.isIdle).toBe(true);
});

it('what may have been left to the node when Redis answered too late is forgotten', async () => {
  const { routing, refused, forgotten } = routingWith(() => Promise.reject(new RedisAway('too late')));
  await forwardOne(routing, 'id');
  expect(refused).toMatchObject([{ code: 503, messageId: 'id' }]);
  expect(forgotten).toEqual(['id']);
});

it('what Redis did not note, and what has no id, needs not be forgotten', async () => {
  const absent = routingWith(async () => [{ status: 'absent' }]);
  await forwardOne(absent.routing, 'id');
  const unnamed = routingWith(async () => [{ status: 'local', session: 's' }]);
  await forwardOne(unnamed.routing, undefined);
  expect([absent, unnamed].map(({ refused }) => refused[0]?.code)).toEqual([404, 404]);
  expect([absent, unnamed].flatMap(({ forgotten }) => forgotten)).toEqual([]);
});
