import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Sealed } from '@openrelay/protocol';
import type { Acknowledgement, Deregistration, LiveAnswer, Mark, Page, QueuedMessage, Reader } from '@openrelay/state';
import { highWaterBytes } from '../../src/connection/backpressure';
import { holdingOf, progressOf } from '../../src/connection/connection';
import { connectionIn, deliveryRig, digestFor, nowMs, openSocket } from './edge-rig';

type Frames = (string | Uint8Array)[];

function messageOf(seq: number, frame = `frame ${seq}`): QueuedMessage {
  const digest = digestFor(`id-${seq}`);
  const envelope = { digest, sender: 'S', id: `id-${seq}`, ackable: true, sealed: new Sealed('json', frame) };
  return { seq, bytes: frame.length, acceptedAtMs: nowMs, expiresAtMs: nowMs + 60_000, envelope };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await turn();
}

test('what waits for the queue of a connection that recovers is refused, and not handed over before the queue', async () => {
  const [written, answered, read]: [Frames, LiveAnswer[], number[]] = [[], [], []];
  const { delivery, offers } = deliveryRig({
    answer: async (_, batch) => answered.push(...batch),
    pull(_, readers) {
      read.push(...readers.map(({ cursor }) => cursor));
      return new Promise(() => undefined); // the network stalls
    },
  });
  const connection = connectionIn('registered', openSocket(written));
  const digest = digestFor('live');
  const content = { digest, sender: 'S', id: 'live', ackable: true, sealed: new Sealed('json', 'live') };
  const { device } = connection;
  const offer = { device, asker: 'asker', number: 1, deadlineMs: 1700, seq: 5, digest, content, bytes: 4 };

  offers.offer(connection, offer);
  await turn();
  expect({ read, answered }).toEqual({ read: [0], answered: [] });

  delivery.recover(connection);
  offers.offer(connection, { ...offer, number: 2 });
  await turns();
  expect(answered.map(({ outcome }) => outcome)).toEqual(['behind', 'behind']);
  expect(written).toEqual([]);
});

test('a socket that is full is backpressured until it has taken all, and the queue is read on in the next turn', async () => {
  const written: Frames = [];
  const marks: Mark['mark'][] = [];
  const readers: Reader[] = [];
  const { delivery } = deliveryRig({
    mark: async (_, batch) => marks.push(...batch.map(({ mark }) => mark)),
    async pull(_, batch): Promise<Page[]> {
      readers.push(...batch);
      return batch.map(({ cursor }) => ({
        status: 'page',
        messages: [messageOf(cursor + 1)],
        cursor: cursor + 1,
        more: false,
        expired: 0,
        unreadable: 0,
      }));
    },
  });
  const connection = connectionIn('registered', openSocket(written));
  progressOf(connection).slowStart.isOver = true;
  const large = 'x'.repeat(highWaterBytes + 1);
  expect(delivery.deliver(connection, messageOf(1, large))).toBe(true);
  expect(delivery.deliver(connection, messageOf(2))).toBe(false);
  expect(connection.output.isBackpressured).toBe(true);
  await turns();
  expect(connection.output.isBackpressured).toBe(false);
  expect(marks).toEqual(['backpressured', 'writable']);
  expect(readers.map(({ cursor }) => cursor)).toEqual([1]);
  expect(written).toEqual([large, 'frame 2']);
});

test('a message in flight that was stored again, having expired in its queue, goes by its new number and is not written again', async () => {
  const written: Frames = [];
  const acked: Acknowledgement[] = [];
  const { delivery, acknowledgements } = deliveryRig({
    async acknowledge(_, batch) {
      acked.push(...batch);
      return batch.map(() => 'taken');
    },
  });
  const connection = connectionIn('registered', openSocket(written));
  const first = messageOf(1);
  const again = { ...first, seq: 2, expiresAtMs: first.expiresAtMs + 1000 };
  delivery.deliver(connection, first);
  delivery.deliver(connection, again);
  await turns();
  expect(written).toEqual(['frame 1']);
  acknowledgements.acknowledge(connection, 'id-1');
  await turns();
  expect(acked).toMatchObject([{ seq: 2, expiresAtMs: again.expiresAtMs }]);
});

test('the session of a closed connection ends after its acks', async () => {
  const ended: Deregistration[] = [];
  let settle: (outcomes: 'taken'[]) => void = () => undefined;
  const acked: Acknowledgement[] = [];
  const { delivery, acknowledgements } = deliveryRig({
    acknowledge(_, batch) {
      acked.push(...batch);
      return new Promise((resolve) => {
        settle = resolve;
      });
    },
    deregister: async (_, batch) => ended.push(...batch),
  });
  const connection = connectionIn('registered');
  delivery.deliver(connection, messageOf(1));
  expect(acknowledgements.acknowledge(connection, 'ID-1')).toBe(true);
  expect(acknowledgements.acknowledge(connection, 'id-1')).toBe(false);
  holdingOf(connection).on('closed');
  await turns();
  expect([acked.map(({ seq }) => seq), ended]).toEqual([[1], []]);
  settle(['taken']);
  await turns();
  expect(ended).toMatchObject([{ session: 's.1', manner: 'closed' }]);
});

test.each<[string, Parameters<typeof deliveryRig>[0]]>([
  ['a pull', { pull: () => Promise.reject(new Error('LATE 1')) }],
  ['an ack', { acknowledge: () => Promise.reject(new Error('LATE 1')) }],
  ['a mark', { mark: () => Promise.reject(new Error('LATE 1')) }],
])('a connection for which %s failed is doubtful until Redis was asked about it', async (_, redis) => {
  const { delivery, acknowledgements, doubtful } = deliveryRig(redis);
  const connection = connectionIn(
    'registered',
    openSocket([], () => 10),
  );
  progressOf(connection).slowStart.isOver = true;
  delivery.deliver(connection, messageOf(1, 'x'.repeat(highWaterBytes + 1)));
  delivery.deliver(connection, messageOf(2));
  acknowledgements.acknowledge(connection, 'id-1');
  await turns();
  expect([...doubtful.takeFailed().connections]).toEqual([connection]);
  await turns();
  expect([...doubtful.takeFailed().connections]).toEqual([]);
});

test('that a socket is backpressured is told again when Redis has registered its connection anew', async () => {
  const marks: Mark['mark'][] = [];
  const { delivery } = deliveryRig({ mark: async (_, batch) => marks.push(...batch.map(({ mark }) => mark)) });
  const connection = connectionIn(
    'registered',
    openSocket([], () => 2 * highWaterBytes),
  );
  progressOf(connection).slowStart.isOver = true;
  delivery.deliver(connection, messageOf(1, 'x'.repeat(highWaterBytes + 1)));
  delivery.deliver(connection, messageOf(2));
  await turns();
  expect(marks).toEqual(['backpressured']);
  delivery.recover(connection);
  delivery.begin(connection, 2, 2);
  await turns();
  expect(marks).toEqual(['backpressured', 'backpressured']);
});
