import { describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  absentId,
  answerTo,
  collect,
  connectDevice,
  errorOf,
  exchange,
  knownDevice,
  makeKnown,
  packedDevice,
  packFrame,
  placements,
  queuedFor,
  registeredDevice,
  sendAndAwaitAck,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({
  edges: 2,
  env: { RELAY_QUEUE_MAX_MESSAGES: '5', RELAY_QUEUE_MAX_BYTES: '20000' },
});

async function fill(sender: TestDevice, recipientId: string, fields: Record<string, unknown>): Promise<void> {
  for (let sent = 0; sent < 5; sent += 1) await sendAndAwaitAck(sender, recipientId, fields);
}

async function expectFull(sender: TestDevice, recipientId: string, fields: Record<string, unknown> = {}) {
  const sent = sender.sendMessage(recipientId, fields);
  expect(await errorOf(sender)).toMatchObject({ code: 507, message_id: sent.message_id });
}

describe.each(placements)('$where', ({ from, to }) => {
  test('a queue takes as many messages as are allowed, and none is stored above that', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipientId = freshHardwareId();
    await fill(sender, recipientId, { ttl: 60 });
    await expectFull(sender, recipientId);

    const recipient = await registeredDevice(cluster.edge(to), { hardwareId: recipientId });
    for (const { payload } of await collect(recipient, 'Receive', 5)) recipient.ack(String(payload.message_id));
    await eventually(async () => expect(await queuedFor(recipient)).toBe(0));
    await exchange(sender, recipient);
  });

  test('a queue takes as many bytes as are allowed, and smaller messages that still fit', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipientId = freshHardwareId();
    await sendAndAwaitAck(sender, recipientId, { encrypted_data: 'A'.repeat(9000) });
    await expectFull(sender, recipientId, { encrypted_data: 'A'.repeat(12_000) });
    await sendAndAwaitAck(sender, recipientId, { encrypted_data: 'A'.repeat(5000) });
  });

  test('a full queue takes messages again when the recipient has acked', async () => {
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const senders = [];
    for (let count = 0; count < 3; count += 1) senders.push(await knownDevice(cluster, cluster.edge(from)));
    const [one, two, three] = senders as [TestDevice, TestDevice, TestDevice];
    for (const sender of [one, one, two, two, three]) await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 60 });
    await expectFull(three, recipient.hardwareId);
    recipient.ack(String((await recipient.next('Receive')).payload.message_id));
    await eventually(async () => {
      const sent = one.sendMessage(recipient.hardwareId);
      expect((await answerTo(one, sent.message_id)).type).toBe('Ack');
    });
  });

  test('the second half of a queue is for known senders, who are not told from a full queue how full it is', async () => {
    const recipient = await registeredDevice(cluster.edge(to), { acks: true });
    const newcomer = await registeredDevice(cluster.edge(from));
    for (let sent = 0; sent < 3; sent += 1) await sendAndAwaitAck(newcomer, recipient.hardwareId);
    newcomer.sendMessage(recipient.hardwareId);
    const atHalf = await errorOf(newcomer);
    const friends = [await knownDevice(cluster, cluster.edge(from)), await knownDevice(cluster, cluster.edge(from))];
    for (const friend of friends) await sendAndAwaitAck(friend, recipient.hardwareId);
    newcomer.sendMessage(recipient.hardwareId);
    const whenFull = await errorOf(newcomer);
    expect(atHalf).toMatchObject({ code: 507 });
    expect({ ...whenFull, message_id: undefined }).toEqual({ ...atHalf, message_id: undefined });
    expect(String(atHalf.message)).not.toMatch(/\d/);
  });

  test('a full queue takes messages again when those in it have expired', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipientId = freshHardwareId();
    await fill(sender, recipientId, { ttl: 1 });
    await expectFull(sender, recipientId);
    const sent = sender.message(recipientId, { ttl: 60 });
    const sendAgain = async () => {
      const before = sender.frames.length;
      sender.sendFrame({ type: 'Send', payload: sent });
      expect((await answerTo(sender, sent.message_id, before)).type).toBe('Ack');
    };
    await eventually(sendAgain, { intervalMs: 400 });
    const recipient = await registeredDevice(cluster.edge(to), { hardwareId: recipientId });
    // One expired first: the others may still come before it.
    await eventually(async () => expect((await recipient.next('Receive')).payload).toEqual(sent));
    // On a machine that stalls those that still came are there for a while: the queue is full until they expire, too.
    await eventually(() => exchange(recipient, recipient), { intervalMs: 400 });
  });
});

test('what a full queue refuses costs a request and its points', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipientId = freshHardwareId();
  await fill(sender, recipientId, { encrypted_data: 'A' });
  await expectFull(sender, recipientId, { encrypted_data: 'A'.repeat(2048) });
  expect((await sender.register()).payload.limits).toMatchObject({ requests_left: 54, points_left: 505 });
});

test('a message larger than any queue is refused as too large and costs nothing', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const sent = sender.sendMessage(freshHardwareId(), { encrypted_data: 'A'.repeat(20_001) });
  expect(await errorOf(sender)).toMatchObject({ code: 413, message_id: sent.message_id });
  const { limits } = (await sender.register()).payload;
  expect(limits).toMatchObject({ requests_left: 60, max_message_bytes: 20_000 - 4096 });
});

test('a message that fits into no queue with what is kept beside it is too large, however full the queue is', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipientId = freshHardwareId();
  for (const queued of [0, 1]) {
    const sent = sender.sendMessage(recipientId, { encrypted_data: 'A'.repeat(19_990) });
    const error = await errorOf(sender);
    expect(error).toMatchObject({ code: 413, message_id: sent.message_id });
    expect(error.message).toContain('20000');
    if (queued === 0) await sendAndAwaitAck(sender, recipientId);
  }
});

test.each([
  ['a small queue', { RELAY_QUEUE_MAX_BYTES: '4000' }],
  ['a queue smaller than a frame', { RELAY_QUEUE_MAX_BYTES: '200000' }],
  ['small frames', { RELAY_QUEUE_MAX_BYTES: '33554432', RELAY_MAX_FRAME_BYTES: '2048' }],
  ['no limit but that of frames', { RELAY_QUEUE_MAX_BYTES: '33554432' }],
])('with %s, data of as many bytes as are announced is taken', async (_name, env) => {
  const edge = await cluster.addEdge({ env: { RELAY_POINTS_PER_MINUTE: '0', ...env } });
  const json = await connectDevice(edge);
  const absent = await absentId(edge);
  await makeKnown(cluster, json.hardwareId); // a newcomer has half a queue
  const { limits } = (await json.register()).payload;
  const { max_message_bytes: most } = limits as { max_message_bytes: number };
  expect(most).toBeGreaterThan(0);
  const signature = 'A'.repeat(88);
  const fields = { encrypted_data: 'A'.repeat(most), signature, content_type: 'KeyPackage' };
  await sendAndAwaitAck(json, absent, fields);
  await sendAndAwaitAck(json, json.hardwareId, { ...fields, ttl: 0 });

  const packed = await packedDevice(edge, json.hardwareId);
  const payload = packed.message(await absentId(edge), { ...fields, encrypted_data: Buffer.alloc(most) });
  packed.sendBinary(packFrame({ type: 'Send', payload }));
  await packed.next('Ack');
});

test('key rotation to a full queue is refused, and not said to be queued', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipientId = freshHardwareId();
  await fill(sender, recipientId, { ttl: 60 });
  const payload = { recipient_id: recipientId, hardware_id: sender.hardwareId, key_id: 1, success: true };
  sender.sendFrame({ type: 'KeyRotationAck', payload });
  expect((await errorOf(sender)).code).toBe(507);
});
