import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { freshHardwareId, type TestDevice, until } from '@openrelay/testing';
import { absentId, collect, connectDevice, errorOf, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

const kib = 1024;

function ofKib(size: number): { encrypted_data: string } {
  return { encrypted_data: 'A'.repeat(size * kib) };
}

async function left(device: TestDevice) {
  const { requests_left: requests, points_left: points } = (await device.register()).payload.limits as Record<
    string,
    number
  >;
  return { requests, points };
}

async function expectOverLimit(device: TestDevice, fields: Record<string, unknown> = {}): Promise<void> {
  const sent = device.sendMessage(freshHardwareId(), fields);
  const error = await errorOf(device);
  expect(error).toMatchObject({ code: 429, message_id: sent.message_id });
  expect(error.retry_after_ms).toBeGreaterThan(0);
  expect(error.retry_after_ms).toBeLessThanOrEqual(60_000);
}

async function sendMany(device: TestDevice, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) device.sendMessage(freshHardwareId(), { encrypted_data: 'A' });
  await collect(device, 'Ack', count);
}

describe.each(placements)('reconnecting $where', ({ from, to }) => {
  test('60 requests of a minute pass and the 61st does not, before a reconnect and after it', async () => {
    const first = await registeredDevice(cluster.edge(from));
    await sendMany(first, 40);
    await first.close();
    const second = await registeredDevice(cluster.edge(to), { hardwareId: first.hardwareId.toLowerCase() });
    await sendMany(second, 20);
    await expectOverLimit(second);
    await second.close();
    const third = await connectDevice(cluster.edge(from));
    expect((await third.register(first.hardwareId)).payload.limits).toMatchObject({ requests_left: 0 });
    await expectOverLimit(third);
  });

  test('512 points of a minute pass and the 513th does not, before a reconnect and after it', async () => {
    const first = await registeredDevice(cluster.edge(from));
    await sendAndAwaitAck(first, await absentId(cluster.edge(to)), ofKib(300));
    await first.close();
    const second = await registeredDevice(cluster.edge(to), { hardwareId: first.hardwareId });
    await expectOverLimit(second, ofKib(213));
    await sendAndAwaitAck(second, freshHardwareId(), ofKib(212));
    await expectOverLimit(second, ofKib(0));
  });
});

test.each([
  { limit: 'requests', used: 60 * 2 ** 32 + 60 },
  { limit: 'points', used: 2 ** 32 + 512 },
])('a device whose $limit are used up is served again as soon as it was told to come back', async ({ used }) => {
  const device = await registeredDevice(cluster.edge(0));
  const id = deviceKeyOf(device.hardwareId);
  const window = `or:{${shardOf(id, 16)}}:used:${id}`;
  // A window that is nearly over, so that the test need not take a minute.
  await askRedis(cluster.redis.url, ['SET', window, String(used)]);
  await askRedis(cluster.redis.url, ['PEXPIRE', window, '3000']);
  device.sendMessage(freshHardwareId());
  const { code, retry_after_ms } = await errorOf(device);
  expect(code).toBe(429);
  expect(retry_after_ms).toBeLessThanOrEqual(3000);
  await until(Date.now() + Number(retry_after_ms));
  await sendAndAwaitAck(device, freshHardwareId());
});

test('a message of a whole minute’s points passes, and a larger one never can', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const sent = device.sendMessage(freshHardwareId(), { encrypted_data: 'A'.repeat(512 * kib + 1) });
  expect(await errorOf(device)).toMatchObject({ code: 413, message_id: sent.message_id });
  await sendAndAwaitAck(device, await absentId(cluster.edge(0)), ofKib(512));
});

test.each([
  ['nothing', '', 1],
  ['one byte', 'A', 1],
  ['1 KiB', 'A'.repeat(kib), 1],
  ['one byte more than 1 KiB', 'A'.repeat(kib + 1), 2],
  ['1 KiB in two-byte characters', 'ä'.repeat(kib / 2), 1],
  ['1 KiB in four-byte characters', '😀'.repeat(kib / 4), 1],
])('%s costs the points of its bytes', async (_name, data, points) => {
  const device = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(device, freshHardwareId(), { encrypted_data: data });
  expect(await left(device)).toEqual({ requests: 59, points: 512 - points });
});

test('what counts is the real size, whatever size is claimed', async () => {
  const device = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(device, freshHardwareId(), { ...ofKib(10), size_bytes: 1 });
  expect((await left(device)).points).toBe(502);
  await sendAndAwaitAck(device, freshHardwareId(), { ...ofKib(10), size_bytes: 9_000_000 });
  expect((await left(device)).points).toBe(492);
});

test('what unknown fields carry beyond 4 KiB costs as the data does, so that nothing large passes for one point', async () => {
  const device = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(device, freshHardwareId(), { encrypted_data: 'A', extra: 'x'.repeat(3 * kib) });
  expect((await left(device)).points).toBe(511);
  await sendAndAwaitAck(device, freshHardwareId(), { ...ofKib(2), extra: 'x'.repeat(103 * kib) });
  expect((await left(device)).points).toBe(511 - 2 - 100);
  device.sendMessage(freshHardwareId(), { encrypted_data: 'A', extra: 'x'.repeat(1_000_000) });
  expect((await errorOf(device)).code).toBe(413);
  const payload = { recipient_id: device.hardwareId, hardware_id: device.hardwareId, trusted: true, success: true };
  device.sendFrame({ type: 'AuthSuccess', payload: { ...payload, extra: 'x'.repeat(500 * kib) } });
  expect((await errorOf(device)).code).toBe(429);
  expect((await left(device)).points).toBe(511 - 2 - 100);
});

test('an escaped character is one byte, as the known client writes each +', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const text = JSON.stringify({ type: 'Send', payload: device.message(freshHardwareId(), ofKib(1)) });
  device.sendText(text.replaceAll('A'.repeat(kib), '\\u002B'.repeat(kib)));
  await device.next('Ack');
  expect((await left(device)).points).toBe(511);
});

describe('what is refused costs nothing', () => {
  test.each([
    ['400', { ttl: -1 }, 400],
    ['403', { sender_id: freshHardwareId() }, 403],
    ['413', ofKib(513), 413],
  ])('%s', async (_name, fields, code) => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendMessage(freshHardwareId(), fields);
    expect((await errorOf(device)).code).toBe(code);
    expect(await left(device)).toEqual({ requests: 60, points: 512 });
  });

  test('429 by points leaves the rest of both limits to smaller messages', async () => {
    const device = await registeredDevice(cluster.edge(0));
    await sendAndAwaitAck(device, await absentId(cluster.edge(0)), ofKib(500));
    await expectOverLimit(device, ofKib(13));
    await expectOverLimit(device, ofKib(13));
    expect(await left(device)).toEqual({ requests: 59, points: 12 });
    await sendAndAwaitAck(device, freshHardwareId(), ofKib(12));
  });
});

test('what is answered 404 costs a request and a point, so that presence cannot be probed for free', async () => {
  const device = await registeredDevice(cluster.edge(0));
  device.sendMessage(freshHardwareId(), { ttl: 0 });
  expect((await errorOf(device)).code).toBe(404);
  const payload = { recipient_id: freshHardwareId(), hardware_id: device.hardwareId, trusted: true };
  device.sendFrame({ type: 'AuthSuccess', payload });
  expect((await errorOf(device)).code).toBe(404);
  expect(await left(device)).toEqual({ requests: 58, points: 510 });
});

test('Auth and key rotation messages are requests, and are refused when the requests are used up', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const payload = { recipient_id: device.hardwareId, hardware_id: device.hardwareId, trusted: true, success: true };
  const sendBoth = () => {
    device.sendFrame({ type: 'AuthSuccess', payload });
    device.sendFrame({ type: 'KeyRotationAck', payload: { ...payload, key_id: 1 } });
  };
  for (let sent = 0; sent < 30; sent += 1) sendBoth();
  await collect(device, 'AuthSuccess', 30);
  await collect(device, 'KeyRotationAck', 30);
  sendBoth();
  expect((await errorOf(device)).code).toBe(429);
  expect((await errorOf(device)).code).toBe(429);
});

test('Register, Ack, Status and Ping are no requests', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const { sent } = await sendAndAwaitAck(device, device.hardwareId);
  await device.next('Receive');
  device.ack(sent.message_id);
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status: 'Online' } });
  for (let pings = 0; pings < 100; pings += 1) device.sendText('{"type":"Ping"}');
  await collect(device, 'Pong', 100);
  expect(await left(device)).toEqual({ requests: 59, points: 511 });
});

test('one device’s limit is no other’s', async () => {
  const busy = await registeredDevice(cluster.edge(0));
  await sendMany(busy, 60);
  await expectOverLimit(busy);
  const other = await registeredDevice(cluster.edge(0));
  await sendAndAwaitAck(other, busy.hardwareId);
});
