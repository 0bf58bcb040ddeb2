import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { freshHardwareId } from '@openrelay/testing';
import {
  absentId,
  acknowledged,
  collect,
  connectDevice,
  connectedPair,
  errorOf,
  exchange,
  placements,
  registeredDevice,
  sendAndAwaitAck,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

/** A payload that no serialiser would write, with everything that a careless one would change. */
function oddPayload(senderId: string, recipientId: string): string {
  return `{ "unknown" : { "a":[ 1, 2.50, 1e3, -0 ], "b" :null},
    "recipient_id":"${recipientId}","sender_id" :"${senderId}",\t"hardware_id":"${senderId}",
    "encrypted_data":"ab\\u002Bcd\\u002b\\/ä\\u00e4😀==", "message_id":"${randomUUID()}",
    "big":123456789012345678901234567890, "precise":0.1000000000000000055511151231257827,
    "timestamp":1700000000,"ttl":60 , "signature":null, "content_type":"KeyPackage","size_bytes":16 }`;
}

/** Ten seconds for a slow machine: the lifetime itself is what is looked at. */
const slackMs = 10_000;

function expectExpiry(answer: Readonly<Record<string, unknown>>, ttlSeconds: number, sentAtMs: number): void {
  const expected = sentAtMs + ttlSeconds * 1000;
  expect(answer.expires_at).toBeGreaterThanOrEqual(expected - 1000);
  expect(answer.expires_at).toBeLessThanOrEqual(expected + slackMs);
}

describe.each(placements)('$where', ({ from, to }) => {
  const pair = () => connectedPair(cluster, { from, to }, { acks: true });

  test('a message to a live recipient is acked as delivered, with the time of its end', async () => {
    const { sender, recipient } = await pair();
    const sentAtMs = Date.now();
    const { sent, answer } = await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 120 });
    expect(answer).toEqual({
      message_id: sent.message_id,
      status: 'delivered',
      expires_at: expect.any(Number),
    });
    expectExpiry(answer, 120, sentAtMs);
    expect((await recipient.next('Receive')).payload).toEqual(sent);
  });

  test('a message to an absent recipient is acked as queued, and delivered when it registers', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const sentAtMs = Date.now();
    const { sent, answer } = await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 30 });
    expect(answer).toMatchObject({ message_id: sent.message_id, status: 'queued' });
    expectExpiry(answer, 30, sentAtMs);

    await recipient.register();
    expect((await recipient.next('Receive')).payload).toEqual(sent);
  });

  test('a payload arrives live byte for byte as it was written', async () => {
    const { sender, recipient } = await pair();
    const payload = oddPayload(sender.hardwareId, recipient.hardwareId);
    sender.sendText(`{ "payload" : ${payload} , "type":"Send" }`);
    expect(await sender.next('Ack')).toMatchObject({ payload: { status: 'delivered' } });
    const { text, type } = await recipient.next('Receive');
    expect(type).toBe('Receive');
    expect(text).toContain(payload);
  });

  test('a payload arrives from the queue byte for byte as it was written', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const payload = oddPayload(sender.hardwareId, recipient.hardwareId);
    sender.sendText(`{"type":"Send","payload":${payload}}`);
    expect(await sender.next('Ack')).toMatchObject({ payload: { status: 'queued' } });
    await recipient.register();
    expect((await recipient.next('Receive')).text).toContain(payload);
  });

  test('a message in 16 KiB fragments arrives whole', async () => {
    const { sender, recipient } = await pair();
    const payload = sender.message(recipient.hardwareId, { encrypted_data: 'ä'.repeat(100_000) });
    sender.sendFragments(JSON.stringify({ type: 'Send', payload }), 16 * 1024);
    await sender.next('Ack');
    expect((await recipient.next('Receive')).payload).toEqual(payload);
  });

  test('large messages of several devices come as each was written, though the edge uses their memory again', async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, () => pair()));
    for (let round = 0; round < 4; round += 1) {
      const exchanges = pairs.map(async ({ sender, recipient }, index) => {
        const data = [20, 90].map((kib) => randomBytes(768 * (kib + index)).toString('base64'));
        const sent = data.map((encrypted_data) => sender.sendMessage(recipient.hardwareId, { encrypted_data }));
        for (const payload of sent) {
          expect((await recipient.next('Receive')).payload).toEqual(payload);
          await sender.next('Ack');
        }
      });
      await Promise.all(exchanges);
    }
  });

  test('the message id is echoed and forwarded as written', async () => {
    const { sender, recipient } = await pair();
    const messageId = randomUUID().toUpperCase();
    await sendAndAwaitAck(sender, recipient.hardwareId, { message_id: messageId });
    expect((await recipient.next('Receive')).payload.message_id).toBe(messageId);
  });

  test('what the recipient acks leaves its queue', async () => {
    const { sender, recipient } = await pair();
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
    await recipient.next('Receive');
    await acknowledged(recipient, sent.message_id);
    await recipient.close();

    const again = await connectDevice(cluster.edge(from));
    const { payload } = await again.register(recipient.hardwareId);
    expect(payload.limits).toMatchObject({ queued: 0 });
    await exchange(sender, again);
  });

  test('an ack of what was never handed over changes nothing and is not answered', async () => {
    const { sender, recipient } = await pair();
    recipient.ack(randomUUID());
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
    expect((await recipient.next('Receive')).payload.message_id).toBe(sent.message_id);
    await acknowledged(recipient, sent.message_id); // acks go to Redis in their order
    expect(recipient.frames.filter(({ type }) => type === 'Error')).toEqual([]);
  });

  test('a message with a lifetime of 0 goes to a live recipient and is stored nowhere', async () => {
    const { sender, recipient } = await pair();
    const { sent, answer } = await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 0 });
    expect(answer).toMatchObject({ status: 'delivered' });
    expect((await recipient.next('Receive')).payload).toEqual(sent);
    const { payload } = await recipient.register();
    expect(payload.limits).toMatchObject({ queued: 0 });
  });

  test.each([
    ['stored nowhere, then again', 0, 0],
    ['stored nowhere, then to be stored', 0, 60],
    ['stored, then to be stored nowhere', 60, 0],
    ['stored, then again', 60, 60],
  ])('a message %s under its id, is acked twice and arrives once', async (_name, first, second) => {
    const { sender, recipient } = await pair();
    const { sent, answer } = await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: first });
    const again = { message_id: sent.message_id.toUpperCase(), ttl: second };
    const repeat = await sendAndAwaitAck(sender, recipient.hardwareId, again);
    const status = first === 0 ? 'delivered' : 'queued';
    expect(repeat.answer).toEqual({ ...answer, message_id: again.message_id, status });
    expect((await recipient.next('Receive')).payload).toEqual(sent);
    await exchange(sender, recipient);
  });

  test.each([
    [0, 0],
    [0, 60],
    [60, 0],
  ])('two of one id arrive as one when they are sent at once, with lifetimes of %d and %d', async (first, second) => {
    const { sender, recipient } = await pair();
    const { message_id } = sender.sendMessage(recipient.hardwareId, { ttl: first });
    sender.sendMessage(recipient.hardwareId, { ttl: second, message_id });
    await collect(sender, 'Ack', 2);
    expect((await recipient.next('Receive')).payload).toMatchObject({ message_id });
    await exchange(sender, recipient);
  });

  test('a message that found nobody may be sent again under its id', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const sent = sender.sendMessage(recipient.hardwareId, { ttl: 0 });
    expect((await errorOf(sender)).code).toBe(404);
    await recipient.register();
    await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 0, message_id: sent.message_id });
    expect((await recipient.next('Receive')).payload).toMatchObject({ message_id: sent.message_id });
  });
});

test('a message with a lifetime of 0 to an absent recipient is refused and never arrives', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await connectDevice(cluster.edge(1));
  const sent = sender.sendMessage(recipient.hardwareId, { ttl: 0 });
  expect(await errorOf(sender)).toMatchObject({ code: 404, message_id: sent.message_id });
  await recipient.register();
  await exchange(sender, recipient);
});

test('a negative lifetime is refused', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const sent = sender.sendMessage(freshHardwareId(), { ttl: -1 });
  expect(await errorOf(sender)).toMatchObject({ code: 400, message_id: sent.message_id });
});

test.each([
  ['a lifetime of ten years', 315_360_000],
  ['a lifetime beyond 2^53 seconds', 1e18],
])('%s is cut to the operator’s seven days', async (_name, ttl) => {
  const sender = await registeredDevice(cluster.edge(0));
  const sentAtMs = Date.now();
  const { answer } = await sendAndAwaitAck(sender, await absentId(cluster.edge(0)), { ttl });
  expectExpiry(answer, 604_800, sentAtMs);
});

test('a device can send to itself', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const { sent } = await sendAndAwaitAck(device, device.hardwareId);
  expect((await device.next('Receive')).payload).toEqual(sent);
});
