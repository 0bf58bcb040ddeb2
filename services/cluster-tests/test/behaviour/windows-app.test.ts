import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { freshHardwareId, type TestDevice } from '@openrelay/testing';
import { connectDevice, placements } from '../../src';
import { useCluster } from './use-cluster';

/**
 * The frames of the known Windows client, as its source writes them, and the relay's answers, byte for byte: as they were before
 * there were claims, contacts and strangers. A client that knows none of these must see no difference.
 */
const cluster = useCluster({ edges: 2 });

const ttlSeconds = 300;

const registerText = (id: string) => `{"type":"Register","payload":{"hardware_id":"${id}"}}`;
const ackText = (messageId: string) => `{"type":"Ack","payload":{"message_id":"${messageId}"}}`;
const pongText = '{"type":"Pong"}';

/** With `encrypted_data` of so many bytes. It writes `+` as an escape. */
function sendPayload(from: string, to: string, messageId: string, dataBytes: number): string {
  const data = `ab\\u002Bc${'A'.repeat(dataBytes - 7)}/==`;
  return (
    `{"recipient_id":"${to}","sender_id":"${from}","message_id":"${messageId}","encrypted_data":"${data}",` +
    `"timestamp":1700000000,"ttl":${ttlSeconds},"hardware_id":"${from}","content_type":"Text","size_bytes":${dataBytes}}`
  );
}

function registeredText(id: string, queued = 0): string {
  const limits =
    `{"requests_per_minute":60,"requests_left":60,"points_per_minute":512,"points_left":512,` +
    `"max_message_bytes":524288,"max_ttl_seconds":604800,"queued":${queued}}`;
  return `{"type":"RegisterResponse","payload":{"hardware_id":"${id}","device_id":"${id}","limits":${limits}}}`;
}

/** The relay's `Ack`, with the time that it tells in place of its own. */
function ackedText(messageId: string, status: 'delivered' | 'queued', frame: string): string {
  const [, expiresAt] = /"expires_at":(\d{13})\}/.exec(frame) ?? [];
  const leftMs = Number(expiresAt) - Date.now();
  expect(leftMs).toBeGreaterThan((ttlSeconds - 30) * 1000);
  expect(leftMs).toBeLessThan((ttlSeconds + 30) * 1000);
  return `{"type":"Ack","payload":{"message_id":"${messageId}","status":"${status}","expires_at":${expiresAt}}}`;
}

/** What came on the connection, each frame as it was written. */
const textsOf = (device: TestDevice) => device.frames.map(({ text }) => text);

async function app(edge: number, id = freshHardwareId()): Promise<TestDevice> {
  const device = await connectDevice(cluster.edge(edge));
  device.hardwareId = id;
  device.sendText(registerText(id));
  await device.next('RegisterResponse');
  return device;
}

describe.each(placements)('$where', ({ from, to }) => {
  test('it registers, pings, sends, receives and acks in frames that are what they were', async () => {
    const [sender, recipient] = [await app(from), await app(to)];
    const [id, peer] = [sender.hardwareId, recipient.hardwareId];
    const messageId = randomUUID();
    sender.sendText('{"type":"Ping"}');
    await sender.next('Pong');
    const payload = sendPayload(id, peer, messageId, 3000);
    sender.sendText(`{"type":"Send","payload":${payload}}`);
    const { text: acked } = await sender.next('Ack');
    await recipient.next('Receive');
    recipient.sendText(ackText(messageId));
    recipient.sendText('{"type":"Ping"}');
    await recipient.next('Pong');

    expect(textsOf(sender)).toEqual([registeredText(id), pongText, ackedText(messageId, 'delivered', acked)]);
    expect(textsOf(recipient)).toEqual([registeredText(peer), `{"type":"Receive","payload":${payload}}`, pongText]);
  });

  test('a message in fragments waits for a peer that is away, and comes as it was written', async () => {
    const sender = await app(from);
    const [id, peer] = [sender.hardwareId, freshHardwareId()];
    const messageId = randomUUID();
    const payload = sendPayload(id, peer, messageId, 60_000);
    sender.sendFragments(`{"type":"Send","payload":${payload}}`, 16_384);
    const { text: acked } = await sender.next('Ack');
    expect(acked).toBe(ackedText(messageId, 'queued', acked));
    const recipient = await app(to, peer);
    await recipient.next('Receive');
    expect(textsOf(recipient)).toEqual([registeredText(peer, 1), `{"type":"Receive","payload":${payload}}`]);
  });
});

test('its refusals are what they were', async () => {
  const device = await connectDevice(cluster.edge(0));
  const id = device.hardwareId;
  const own = sendPayload(id, id, randomUUID(), 100);
  device.sendText(`{"type":"Send","payload":${own}}`);
  await device.next('Error');
  device.sendText(registerText(id));
  await device.next('RegisterResponse');
  device.sendText(registerText(freshHardwareId()));
  await device.next('Error');
  // What two of its frames are when they cross: no JSON.
  device.sendText('{"type":"Send","payload":{"recipient_id":"{"type":"Ping"}');
  await device.next('Error');
  device.sendText(`{"type":"AuthResponse","payload":{"hardware_id":"${id}","challenge_response":"","challenge":""}}`);
  await device.next('Error');
  const codes = device.frames.filter(({ type }) => type === 'Error').map(({ payload }) => payload.code);
  expect(codes).toEqual([403, 403, 400, 400]);
  const members = device.frames
    .filter(({ type }) => type === 'Error')
    .map(({ payload }) => Object.keys(payload).join());
  expect(members).toEqual(['message,code,message_id', 'message,code', 'message,code', 'message,code']);
});

test('a second connection of it takes over, and the first is closed with 4001', async () => {
  const first = await app(0);
  const second = await app(1, first.hardwareId);
  expect(await first.closed).toEqual({ code: 4001, reason: 'a newer connection registered this id' });
  expect(textsOf(second)).toEqual([registeredText(first.hardwareId)]);
  second.sendText('{"type":"Ping"}');
  await second.next('Pong');
});
