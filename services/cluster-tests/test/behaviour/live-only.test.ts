import { describe, expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { eventually, type ReceivedFrame, type TestDevice } from '@openrelay/testing';
import {
  absentId,
  collect,
  connectDevice,
  errorOf,
  metricOf,
  placements,
  registeredDevice,
  sendAndAwaitAck,
} from '../../src';
import { useCluster } from './use-cluster';

const mib = 1024 * 1024;
const cluster = useCluster({ edges: 2, env: { ...unlimited, RELAY_MAX_FRAME_BYTES: String(16 * mib) } });

/** By id. On a machine that stalls a sender may be told that nobody knows: such a message came or it did not. */
type Answers = { delivered: Set<unknown>; refused: Set<unknown>; unknown: Set<unknown> };

/** What a sender was told of its messages; each once, or as often as it sent the id. */
async function answersTo(sender: TestDevice, count: number): Promise<Answers> {
  await eventually(() => expect(answersOf(sender)).toHaveLength(count));
  const [delivered, refused, unknown] = [new Set<unknown>(), new Set<unknown>(), new Set<unknown>()];
  for (const { type, payload } of answersOf(sender)) {
    if (type === 'Error') expect([404, 503]).toContain(payload.code);
    else expect(payload.status).toBe('delivered');
    const told = type === 'Ack' ? delivered : saysThatNobodyKnows(payload) ? unknown : refused;
    told.add(payload.message_id);
  }
  return { delivered, refused, unknown };
}

function saysThatNobodyKnows({ message }: ReceivedFrame['payload']): boolean {
  return String(message).startsWith('Nobody said in time');
}

function answersOf(sender: TestDevice) {
  return sender.frames.filter(({ type }) => type === 'Ack' || type === 'Error');
}

function receivedBy(device: TestDevice): unknown[] {
  return device.frames.filter(({ type }) => type === 'Receive').map(({ payload }) => payload.message_id);
}

/** Everything that a device was sent before has come when this has: it is accepted last. */
async function fence(recipient: TestDevice): Promise<string> {
  const other = await registeredDevice(cluster.edge(0));
  const { sent } = await sendAndAwaitAck(other, recipient.hardwareId);
  await eventually(() => expect(receivedBy(recipient)).toContain(sent.message_id));
  return sent.message_id;
}

/** Those that were said to be delivered came, once, and none did that was refused. */
function expectHonest(received: unknown[], { delivered, unknown }: Answers): void {
  expect(new Set(received).size).toBe(received.length);
  const known = received.filter((id) => delivered.has(id) || !unknown.has(id));
  expect(new Set(known)).toEqual(delivered);
}

/** All of what a device received was for a live connection alone. */
async function expectHonestToAll(sender: TestDevice, recipient: TestDevice, answers: number): Promise<void> {
  const told = await answersTo(sender, answers);
  const last = await fence(recipient);
  expectHonest(
    receivedBy(recipient).filter((id) => id !== last),
    told,
  );
}

describe.each(placements)('$where', ({ from, to }) => {
  test('a slow reader got what its senders were told it has, and nothing else, each once', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const slow = await registeredDevice(cluster.edge(to), { acks: true });
    slow.pause();
    const data = 'A'.repeat(256 * 1024);
    let answers = 0;
    // What the kernel buffers for a device that does not read differs: until some are refused.
    await eventually(
      async () => {
        for (let sent = 0; sent < 16; sent += 1) {
          const { message_id } = sender.sendMessage(slow.hardwareId, { ttl: 0, encrypted_data: data });
          sender.sendMessage(slow.hardwareId, { ttl: 0, encrypted_data: data, message_id });
        }
        answers += 32;
        const { refused } = await answersTo(sender, answers);
        expect(refused.size).toBeGreaterThan(0);
      },
      { intervalMs: 0 },
    );
    slow.resume();
    await expectHonestToAll(sender, slow, answers);
  });

  test('what comes while the queue is read is handed over behind it, or refused', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    recipient.hardwareId = await absentId(cluster.edge(to));
    const queuer = await registeredDevice(cluster.edge(from));
    for (let sent = 0; sent < 500; sent += 1) queuer.sendMessage(recipient.hardwareId);
    const queued = (await collect(queuer, 'Ack', 500)).map(({ payload }) => payload.message_id);

    recipient.sendFrame({ type: 'Register', payload: { hardware_id: recipient.hardwareId, acks: true } });
    let answers = 0;
    await eventually(
      async () => {
        for (let sent = 0; sent < 100; sent += 1) sender.sendMessage(recipient.hardwareId, { ttl: 0 });
        answers += 100;
        const { delivered } = await answersTo(sender, answers);
        expect(delivered.size).toBeGreaterThan(100);
      },
      { intervalMs: 0 },
    );
    const told = await answersTo(sender, answers);
    const last = await fence(recipient);
    const received = receivedBy(recipient).filter((id) => id !== last);
    expect(received.slice(0, 500)).toEqual(queued);
    expectHonest(received.slice(500), told);
  });

  test('a device that goes offline and online got what its senders were told it has', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const say = (status: string) =>
      recipient.sendFrame({ type: 'Status', payload: { hardware_id: recipient.hardwareId, status } });
    for (let round = 0; round < 50; round += 1) {
      say('Offline');
      for (let sent = 0; sent < 4; sent += 1) sender.sendMessage(recipient.hardwareId, { ttl: 0 });
      say('Online');
      for (let sent = 0; sent < 4; sent += 1) sender.sendMessage(recipient.hardwareId, { ttl: 0 });
      await answersTo(sender, 8 * (round + 1));
    }
    await expectHonestToAll(sender, recipient, 400);
  });

  test('an Auth message is refused, or comes, while its recipient registers', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    recipient.sendFrame({ type: 'Register', payload: { hardware_id: recipient.hardwareId, acks: true } });
    const payload = { recipient_id: recipient.hardwareId, hardware_id: sender.hardwareId, trusted: true };
    for (let sent = 0; sent < 200; sent += 1) {
      sender.sendFrame({ type: 'AuthSuccess', payload });
      if (sent % 20 === 0) await sendAndAwaitAck(sender, sender.hardwareId);
    }
    await eventually(() => {
      const errors = sender.frames.filter(({ type }) => type === 'Error');
      const refused = errors.filter(({ payload }) => !saysThatNobodyKnows(payload)).length;
      const received = recipient.frames.filter(({ type }) => type === 'AuthSuccess').length;
      expect(received + errors.length).toBeGreaterThanOrEqual(200);
      expect(received + refused).toBeLessThanOrEqual(200);
    });
  });

  test('as large a message as a device may send goes through, and costs nobody the subscription', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const data = 'A'.repeat(16 * mib - 4096);
    const send = (fields = {}) => sender.sendMessage(recipient.hardwareId, { ttl: 0, encrypted_data: data, ...fields });
    const burst = [send(), send(), send()];
    let answers = burst.length;
    for (const { message_id } of burst) {
      await eventually(async () => {
        const { delivered } = await answersTo(sender, answers);
        if (delivered.has(message_id)) return;
        // The socket had no room, or the machine was busy.
        send({ message_id });
        answers += 1;
        throw new Error(`${message_id} was refused`);
      });
    }
    const last = await fence(recipient);
    const received = receivedBy(recipient);
    expect(new Set(received)).toEqual(new Set([...burst.map(({ message_id }) => message_id), last]));
    expect(received).toHaveLength(burst.length + 1);
    for (const edge of cluster.edges) {
      expect(await metricOf(edge, 'subscriber_replacements_total')).toBe(0);
    }
  });
});

test('a large message and a small one behind it come in the order in which they were sent', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await registeredDevice(cluster.edge(1), { acks: true });
  const order: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const large = sender.sendMessage(recipient.hardwareId, { ttl: 0, encrypted_data: 'A'.repeat(200_000) });
    const small = sender.sendMessage(recipient.hardwareId, { ttl: 0 });
    await collect(sender, 'Ack', 2);
    const { sent: stored } = await sendAndAwaitAck(sender, recipient.hardwareId);
    order.push(large.message_id, small.message_id, stored.message_id);
  }
  await fence(recipient);
  expect(receivedBy(recipient).slice(0, 60)).toEqual(order);
});

test('a message that is refused while another of its id is under way may be stored under it', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await connectDevice(cluster.edge(1));
  const { message_id } = sender.sendMessage(recipient.hardwareId, { ttl: 0 });
  sender.sendMessage(recipient.hardwareId, { ttl: 60, message_id });
  expect(await errorOf(sender)).toMatchObject({ code: 404, message_id });
  expect((await sender.next('Ack')).payload).toMatchObject({ status: 'queued', message_id });
  await recipient.register();
  expect((await recipient.next('Receive')).payload).toMatchObject({ message_id, ttl: 60 });
});
