import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { TestDevice } from '@openrelay/testing';
import {
  acknowledged,
  collect,
  connectDevice,
  connectedPair,
  exchange,
  placements,
  queuedFor,
  registeredDevice,
  sendAndAwaitAck,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

describe.each(placements)('$where', ({ from, to }) => {
  const pair = () => connectedPair(cluster, { from, to }, { acks: true });

  function returned({ hardwareId }: TestDevice): Promise<TestDevice> {
    return registeredDevice(cluster.edge(from), { hardwareId, acks: true });
  }

  test('an unacked message comes again on every next registration, and once on each', async () => {
    const { sender, recipient } = await pair();
    const unacked: unknown[] = [];
    let connection = recipient;
    for (const manner of ['close', 'terminate'] as const) {
      unacked.push((await sendAndAwaitAck(sender, recipient.hardwareId)).sent);
      await connection.next('Receive');
      await connection[manner]();
      connection = await returned(recipient);
      const received = await collect(connection, 'Receive', unacked.length);
      expect(received.map(({ payload }) => payload)).toEqual(unacked);
    }
    await exchange(sender, connection);
  });

  test('an acked message never comes again', async () => {
    const { sender, recipient } = await pair();
    const first = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    await acknowledged(recipient, first.sent.message_id);
    const second = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    await recipient.close();

    const again = await returned(recipient);
    expect((await again.next('Receive')).payload).toEqual(second.sent);
    await exchange(sender, again);
  });

  test('an ack with the id in another case is an ack', async () => {
    const { sender, recipient } = await pair();
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    await acknowledged(recipient, sent.message_id.toUpperCase());
  });

  test('registering again on the same connection hands nothing over twice', async () => {
    const { sender, recipient } = await pair();
    await exchange(sender, recipient);
    expect(await queuedFor(recipient)).toBe(1);
    await exchange(sender, recipient);
  });

  test('a repeated message id is acked again and delivered once, to a live recipient', async () => {
    const { sender, recipient } = await pair();
    const message_id = randomUUID();
    const first = await sendAndAwaitAck(sender, recipient.hardwareId, { message_id });
    const second = await sendAndAwaitAck(sender, recipient.hardwareId, { message_id, ttl: 3600 });
    expect(second.answer.expires_at).toBe(first.answer.expires_at);
    expect((await recipient.next('Receive')).payload).toEqual(first.sent);
    await exchange(sender, recipient);
  });

  test('a repeated message id is acked again and delivered once, from the queue, across a reconnect of its sender', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const message_id = randomUUID();
    const first = await sendAndAwaitAck(sender, recipient.hardwareId, { message_id });
    await sender.close();
    const senderAgain = await registeredDevice(cluster.edge(to), { hardwareId: sender.hardwareId });
    await sendAndAwaitAck(senderAgain, recipient.hardwareId, { message_id });
    await recipient.register();
    expect((await recipient.next('Receive')).payload).toEqual(first.sent);
    await exchange(senderAgain, recipient);
  });

  test('a repeated message id is not delivered again after it was acked', async () => {
    const { sender, recipient } = await pair();
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    await acknowledged(recipient, sent.message_id);
    await sendAndAwaitAck(sender, recipient.hardwareId, { message_id: sent.message_id });
    await exchange(sender, recipient);
  });

  test('the same message id from two senders is two messages, each acked by itself', async () => {
    const { sender, recipient } = await pair();
    const other = await registeredDevice(cluster.edge(to));
    const message_id = randomUUID();
    const first = await sendAndAwaitAck(sender, recipient.hardwareId, { message_id });
    const second = await sendAndAwaitAck(other, recipient.hardwareId, { message_id });
    const received = await collect(recipient, 'Receive', 2);
    expect(received.map(({ payload }) => payload)).toEqual([first.sent, second.sent]);
    recipient.ack(message_id);
    await acknowledged(recipient, message_id);
  });

  test('the same message id to two recipients is two messages', async () => {
    const { sender, recipient } = await pair();
    const other = await registeredDevice(cluster.edge(from));
    const message_id = randomUUID();
    for (const { hardwareId } of [recipient, other]) await sendAndAwaitAck(sender, hardwareId, { message_id });
    for (const device of [recipient, other]) {
      expect((await device.next('Receive')).payload.message_id).toBe(message_id);
    }
  });
});
