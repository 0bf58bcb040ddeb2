import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { implicitAckMs, Sealed } from '@openrelay/protocol';
import type { Page, PageLimit, QueuedMessage } from '@openrelay/state';
import { holdingOf } from '../../src/connection/connection';
import { enoughBytes, enoughMessages, firstBytes, firstMessages } from '../../src/connection/slow-start';
import { stuckMs } from '../../src/delivery/slow-starts';
import { connectionIn, deliveryRig, digestFor, nowMs, openSocket } from './edge-rig';

function messageOf(seq: number, bytes: number): QueuedMessage {
  const digest = digestFor(`id-${seq}`);
  const envelope = {
    digest,
    sender: 'S',
    id: `id-${seq}`,
    ackable: true,
    sealed: new Sealed('json', 'x'.repeat(bytes)),
  };
  return { seq, bytes, acceptedAtMs: nowMs, expiresAtMs: nowMs + 60_000, envelope };
}

/** A device in whose queue so many messages of a size wait. */
function backlogOf(count: number, bytes: number) {
  const [written, pings, pages]: [(string | Uint8Array)[], string[], PageLimit[]] = [[], [], []];
  const counted = { bytes: 0 };
  let passedMs = 0;
  const rig = deliveryRig(
    {
      async pull(_, readers, most): Promise<Page[]> {
        pages.push(most!);
        return readers.map(({ cursor }) => {
          const last = Math.min(count, cursor + most!.messages, cursor + Math.ceil(most!.bytes / bytes));
          const messages: QueuedMessage[] = [];
          for (let seq = cursor + 1; seq <= last; seq += 1) messages.push(messageOf(seq, bytes));
          return { status: 'page', messages, cursor: last, more: last < count, expired: 0, unreadable: 0 };
        });
      },
    },
    undefined,
    {
      count: (_direction, sent) => {
        counted.bytes += sent;
      },
    },
    () => passedMs,
  );
  const connection = connectionIn('registered', { ...openSocket(written), ping: (word) => void pings.push(word) });
  const settled = async () => {
    for (let turns = 0; turns < 50; turns += 1) await turn();
    return written.length;
  };
  const begin = () => {
    rig.delivery.begin(connection, count, count);
    return settled();
  };
  const ack = (from: number, to: number) => {
    for (let seq = from; seq <= to; seq += 1) rig.acknowledgements.acknowledge(connection, `id-${seq}`);
    return settled();
  };
  const pass = (ms: number) => {
    passedMs += ms;
  };
  return { ...rig, pass, connection, written, pings, pages, counted, begin, ack, settled };
}

test('a connection is handed few messages until it has acked some, and twice as many then', async () => {
  const { begin, ack, pages } = backlogOf(1000, 10);
  expect(await begin()).toBe(firstMessages);
  expect(pages).toEqual([{ messages: firstMessages, bytes: firstBytes }]);
  expect(await ack(1, firstMessages)).toBe(3 * firstMessages);
  expect(await ack(firstMessages + 1, 3 * firstMessages)).toBe(7 * firstMessages);
});

test('a few bytes, too, or one message of any size', async () => {
  const few = backlogOf(100, firstBytes / 4);
  expect(await few.begin()).toBe(4);
  expect(await few.ack(1, 4)).toBe(12);
  const large = backlogOf(3, 2 * firstBytes);
  expect(await large.begin()).toBe(1);
  expect(large.counted.bytes).toBe(0);
  expect(await large.ack(1, 1)).toBe(3);
});

test('its answer to a ping that was sent behind the messages is as good, and no other pong is', async () => {
  const { begin, slowStarts, connection, pings, settled } = backlogOf(1000, 10);
  expect(await begin()).toBe(firstMessages);
  expect(pings).toHaveLength(1);
  for (const word of ['', 'x', `${pings[0]}x`]) slowStarts.ponged(connection, word);
  expect(await settled()).toBe(firstMessages);
  slowStarts.ponged(connection, pings[0]!);
  expect(await settled()).toBe(3 * firstMessages);
  slowStarts.ponged(connection, pings[0]!);
  expect(await settled()).toBe(3 * firstMessages);
  expect(pings).toHaveLength(2);
  expect(pings[1]).not.toBe(pings[0]);
});

test('what is held again before the ping is answered is asked for with another one', async () => {
  const { begin, ack, slowStarts, connection, pings, settled } = backlogOf(300, 10);
  await begin();
  const handed = await ack(1, firstMessages);
  slowStarts.ponged(connection, pings[0]!);
  expect(await settled()).toBe(handed);
  expect(pings).toHaveLength(2);
  slowStarts.ponged(connection, pings[1]!);
  expect(await settled()).toBeGreaterThan(handed);
});

test('what has shown nothing for long is backpressured, until it shows something', async () => {
  const { begin, ack, slowStarts, connection, delivery, pass } = backlogOf(1000, 10);
  await begin();
  pass(stuckMs - 1);
  slowStarts.findStuck();
  expect(connection.output.isBackpressured).toBe(false);
  pass(1);
  slowStarts.findStuck();
  expect(connection.output.isBackpressured).toBe(true);
  delivery.resume(connection); // its socket took all, as those of this machine do
  expect(connection.output.isBackpressured).toBe(true);
  expect(await ack(1, 1)).toBe(firstMessages + 2);
  expect(connection.output.isBackpressured).toBe(false);
});

test('an implicit ack counts', async () => {
  const { begin, implicitAcks, connection, settled } = backlogOf(1000, 10);
  holdingOf(connection).promisesAcks = false;
  expect(await begin()).toBe(firstMessages);
  for (const nowMs of [1, 1 + implicitAckMs]) implicitAcks.acknowledgeDue(nowMs);
  expect(await settled()).toBe(3 * firstMessages);
});

test('a device that received much is held back no more', async () => {
  const { begin, ack, connection } = backlogOf(3000, 10);
  let handed = await begin();
  let acked = 0;
  while (acked < enoughMessages) {
    const last = handed;
    handed = await ack(acked + 1, last);
    acked = last;
  }
  expect(handed).toBe(3000);
  expect(connection.progress.slowStart.isOver).toBe(true);
});

test('what is live is held back likewise, in order, and nothing is said to be delivered that was not', async () => {
  const { delivery, connection, written, settled } = backlogOf(firstMessages + 1, 10);
  const outcomes = Array.from({ length: firstMessages + 1 }, (_, i) =>
    delivery.deliver(connection, messageOf(i + 1, 10)),
  );
  expect(outcomes.indexOf(false)).toBe(firstMessages);
  expect(await settled()).toBe(firstMessages);
  expect(written).toHaveLength(firstMessages);
});

test('the bytes count when the device has shown that it received them, each once', async () => {
  const { begin, ack, counted, slowStarts, connection, pings } = backlogOf(64, 10);
  await begin();
  expect(counted.bytes).toBe(0);
  await ack(1, 2);
  expect(counted.bytes).toBe(20);
  slowStarts.ponged(connection, pings[0]!);
  expect(counted.bytes).toBe(320);
  await ack(3, 10);
  expect(counted.bytes).toBe(320);
});

test('when it is held back no more, what is under way counts, and then all as it leaves', async () => {
  const { begin, ack, counted, written } = backlogOf(20, enoughBytes / 4);
  await begin();
  await ack(1, 1);
  await ack(2, 3);
  await ack(4, 4);
  expect(written).toHaveLength(20);
  expect(counted.bytes).toBe((20 * enoughBytes) / 4);
});
