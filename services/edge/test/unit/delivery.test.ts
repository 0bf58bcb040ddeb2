import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type LiveAnswer, liveRepeatKeyOf, type Reader } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import { Delivery, type DeliveryParts } from '../../src/delivery/delivery';
import type { Socket } from '../../src/sockets/transport';

test('what waits for the queue of a connection that recovers is refused, and not handed over before the queue', async () => {
  const [written, answered, read]: [unknown[], LiveAnswer[], number[]] = [[], [], []];
  const parts = {
    tick: new Tick((asks) => asks()),
    shards: 1,
    link: { clock: { now: () => 1000 } },
    queue: {
      pull: (_: number, readers: Reader[]) => {
        read.push(...readers.map(({ cursor }) => cursor));
        return new Promise(() => undefined); // the network stalls
      },
    },
    forwarder: {
      answer: async (_: number, batch: LiveAnswer[]) => {
        answered.push(...batch);
        return batch.length;
      },
    },
    outbox: { add: (_: Connection, frame: unknown) => written.push(frame) },
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
  const connection = new Connection({} as Socket, 'json', 0);
  connection.state = 'registered';
  const content = { sender: 'S', id: 'live', ackable: true, sealed: new Sealed('json', 'live') };
  const repeatKey = liveRepeatKeyOf(content);
  const device = deviceKeyOf('AB'.repeat(32));
  const offer = { device, asker: 'asker', number: 1, deadlineMs: 1700, seq: 5, repeatKey, content, bytes: 4 };

  delivery.handover.offer(connection, offer);
  await turn();
  expect({ read, answered }).toEqual({ read: [0], answered: [] });

  delivery.recover(connection);
  delivery.handover.offer(connection, { ...offer, number: 2 });
  for (let count = 0; count < 10; count += 1) await turn();
  expect(answered.map(({ outcome }) => outcome)).toEqual(['behind', 'behind']);
  expect(written).toEqual([]);
});
