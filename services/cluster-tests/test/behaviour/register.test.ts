import { describe, expect, test } from '@jest/globals';
import { freshHardwareId } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

test('a registration is answered with the id under both names and with the limits', async () => {
  const device = await connectDevice(cluster.edge(0));
  const { payload } = await device.register();
  expect(payload).toEqual({
    hardware_id: device.hardwareId,
    device_id: device.hardwareId,
    limits: {
      requests_per_minute: 60,
      requests_left: 60,
      points_per_minute: 512,
      points_left: 512,
      max_message_bytes: 524_288,
      max_ttl_seconds: 604_800,
      queued: 0,
    },
  });
});

test.each([
  ['SHA-256 in upper case', freshHardwareId()],
  ['SHA-256 in lower case', freshHardwareId().toLowerCase()],
  ['MD5 in upper case', freshHardwareId().slice(0, 32)],
  ['MD5 in lower case', freshHardwareId().slice(0, 32).toLowerCase()],
])('an id that is %s is echoed as it was written', async (_form, hardwareId) => {
  const device = await connectDevice(cluster.edge(0));
  const { payload } = await device.register(hardwareId);
  expect(payload).toMatchObject({ hardware_id: hardwareId, device_id: hardwareId });
});

test('a second Register with the same id is answered again', async () => {
  const device = await registeredDevice(cluster.edge(0));
  expect((await device.register()).payload.hardware_id).toBe(device.hardwareId);
  await exchange(device, device);
});

test('a second Register with the same id in another case is answered with the id as it was written there', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const lower = device.hardwareId.toLowerCase();
  expect((await device.register(lower)).payload).toMatchObject({ hardware_id: lower, device_id: lower });
});

test('a second Register with another id is refused, and the connection keeps its first id', async () => {
  const device = await registeredDevice(cluster.edge(0));
  device.sendFrame({ type: 'Register', payload: { hardware_id: freshHardwareId() } });
  expect(await errorOf(device)).toMatchObject({ code: 403, message: expect.any(String) });
  await exchange(device, device);
});

test('a ping is answered before registration and after it', async () => {
  const device = await connectDevice(cluster.edge(0));
  device.sendText('{"type":"Ping"}');
  expect((await device.next('Pong')).text).toBe('{"type":"Pong"}');
  await device.register();
  device.sendText('{"type":"Ping"}');
  await device.next('Pong');
});

describe.each(placements)('$where', ({ from, to }) => {
  test('a registration tells what is left of the limits after earlier requests', async () => {
    const first = await registeredDevice(cluster.edge(from));
    await sendAndAwaitAck(first, freshHardwareId(), { encrypted_data: 'x'.repeat(3000) });
    await sendAndAwaitAck(first, freshHardwareId(), { encrypted_data: 'x' });
    await first.close();

    const second = await connectDevice(cluster.edge(to));
    const { payload } = await second.register(first.hardwareId);
    expect(payload.limits).toMatchObject({ requests_left: 58, points_left: 508 });
  });

  test('a registration tells how many messages wait, and they come after the answer', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    for (let sent = 0; sent < 3; sent += 1) await sendAndAwaitAck(sender, recipient.hardwareId);

    const { payload } = await recipient.register();
    expect(payload.limits).toMatchObject({ queued: 3 });
    for (let received = 0; received < 3; received += 1) await recipient.next('Receive');
    expect(recipient.frames.map((frame) => frame.type)).toEqual(['RegisterResponse', 'Receive', 'Receive', 'Receive']);
  });

  test('a device that registered in lower case is found by its id in upper case, and the other way round', async () => {
    const lower = await registeredDevice(cluster.edge(to), { hardwareId: freshHardwareId().toLowerCase() });
    const upper = await registeredDevice(cluster.edge(from));

    const down = await sendAndAwaitAck(upper, lower.hardwareId.toUpperCase());
    expect((await lower.next('Receive')).payload).toEqual(down.sent);
    const up = await sendAndAwaitAck(lower, upper.hardwareId.toLowerCase());
    expect((await upper.next('Receive')).payload).toEqual(up.sent);
  });
});
