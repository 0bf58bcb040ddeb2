import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type LiveAnswer, liveRepeatKeyOf, type Reader } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import { Delivery, type DeliveryParts } from '../../src/delivery/delivery';
import { LiveAnswers } from '../../src/delivery/live-answers';
import { LiveHandover } from '../../src/delivery/live-handover';
import { LiveOffers } from '../../src/delivery/live-offers';
import type { Socket } from '../../src/sockets/transport';

test('what waits for the queue of a connection that recovers is refused, and not handed over before the queue', async () => {
  const [written, answered, read]: [unknown[], LiveAnswer[], number[]] = [[], [], []];
  const tick = new Tick((asks) => asks());
  const forwarder = {
    answer: async (_: number, batch: LiveAnswer[]) => answered.push(...batch),
    fetch: async () => [],
  };
  const outbox = { add: (_: Connection, frame: unknown) => void written.push(frame) };
  const clock = { now: () => 1000 };
  const asker = { answered: () => undefined };
  const answers = new LiveAnswers({ tick, shards: 1, forwarder, metrics: createMetrics(), asker });
  const handover = new LiveHandover({ clock, outbox, answers, hasRoom: () => true });
  const parts = {
    tick,
    shards: 1,
    link: { clock },
    queue: {
      pull: (_: number, readers: Reader[]) => {
        read.push(...readers.map(({ cursor }) => cursor));
        return new Promise(() => undefined); // the network stalls
      },
    },
    outbox,
    handover,
    metrics: createMetrics(),
    maxQueued: 10,
  } as unknown as DeliveryParts;
  const nothing = () => undefined;
  const delivery = new Delivery(parts, {
    backpressure: nothing,
    settledAcks: nothing,
    gone: nothing,
    unreadable: nothing,
  });
  const offers = new LiveOffers({ tick, shards: 1, forwarder, answers, handover, delivery });
  const connection = new Connection({} as Socket, 'json', 0);
  connection.state = 'registered';
  const content = { sender: 'S', id: 'live', ackable: true, sealed: new Sealed('json', 'live') };
  const repeatKey = liveRepeatKeyOf(content);
  const device = deviceKeyOf('AB'.repeat(32));
  const offer = { device, asker: 'asker', number: 1, deadlineMs: 1700, seq: 5, repeatKey, content, bytes: 4 };

  offers.offer(connection, offer);
  await turn();
  expect({ read, answered }).toEqual({ read: [0], answered: [] });

  delivery.recover(connection);
  offers.offer(connection, { ...offer, number: 2 });
  for (let count = 0; count < 10; count += 1) await turn();
  expect(answered.map(({ outcome }) => outcome)).toEqual(['behind', 'behind']);
  expect(written).toEqual([]);
});
