import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  connectDevice,
  errorOf,
  packedDevice,
  packedSubprotocol,
  packFrame,
  placements,
  registeredDevice,
} from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

const keyId = 2n ** 60n;

function sendPacked(sender: TestDevice, recipientId: string, fields: Record<string, unknown> = {}) {
  const payload = sender.message(recipientId, { encrypted_data: randomBytes(3000), ...fields });
  sender.sendBinary(packFrame({ type: 'Send', payload }));
  return payload;
}

function withoutData(payload: Readonly<Record<string, unknown>>) {
  return { ...payload, encrypted_data: undefined };
}

test('a device that offers the subprotocol is answered with it, in binary frames with the same fields', async () => {
  const device = await packedDevice(cluster.edge(0));
  expect(device.subprotocol).toBe(packedSubprotocol);
  device.sendBinary(packFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } }));
  const { payload } = await device.next('RegisterResponse');
  expect(payload).toMatchObject({ hardware_id: device.hardwareId, device_id: device.hardwareId });
  expect(payload.limits).toMatchObject({ requests_left: 60, queued: 0 });
  device.sendBinary(packFrame({ type: 'Ping' }));
  await device.next('Pong');
});

test('a device that offers no subprotocol speaks JSON', async () => {
  const device = await connectDevice(cluster.edge(0));
  expect(device.subprotocol).toBe('');
  device.sendText('{"type":"Ping"}');
  expect((await device.next('Pong')).text).toBe('{"type":"Pong"}');
});

test.each([
  ['a text frame', (device: TestDevice) => device.sendText('{"type":"Ping"}')],
  ['bytes that are no MessagePack', (device: TestDevice) => device.sendBinary(Buffer.from([0xc1, 0xc1]))],
  ['half a frame', (device: TestDevice) => device.sendBinary(packFrame({ type: 'Ping' }).subarray(0, 4))],
  [
    'two frames in one',
    (device: TestDevice) =>
      device.sendBinary(Buffer.concat([packFrame({ type: 'Ping' }), packFrame({ type: 'Ping' })])),
  ],
  ['an empty frame', (device: TestDevice) => device.sendBinary(new Uint8Array())],
  ['an unknown type', (device: TestDevice) => device.sendBinary(packFrame({ type: 'Hello', payload: {} }))],
  ['a missing field', (device: TestDevice) => device.sendBinary(packFrame({ type: 'Ack', payload: {} }))],
  [
    'text that is not UTF-8',
    (device: TestDevice) => {
      const frame = packFrame({ type: 'Send', payload: device.message(device.hardwareId, { note: '#' }) });
      frame[frame.lastIndexOf('#'.charCodeAt(0))] = 0xff;
      device.sendBinary(frame);
    },
  ],
])('%s of a MessagePack device is refused, and the connection lives on', async (_name, send) => {
  const device = await packedDevice(cluster.edge(0));
  send(device);
  expect(await errorOf(device)).toMatchObject({ code: 400, message: expect.any(String) });
  device.sendBinary(packFrame({ type: 'Ping' }));
  await device.next('Pong');
});

test('half of a character, which no MessagePack can say, is refused, and the connection lives on', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await packedDevice(cluster.edge(1));
  const half = sender.message(recipient.hardwareId, { note: '\ud800' });
  sender.sendFrame({ type: 'Send', payload: half });
  expect(await errorOf(sender)).toMatchObject({ code: 400, message_id: half.message_id });
  const whole = sender.sendMessage(recipient.hardwareId, { note: '\ud83d\ude00' });
  expect((await recipient.next('Receive')).payload).toMatchObject({ message_id: whole.message_id, note: '😀' });
});

test('the size of a message is that of its bytes', async () => {
  const device = await packedDevice(cluster.edge(0));
  sendPacked(device, device.hardwareId, { encrypted_data: randomBytes(2048), size_bytes: 1 });
  await device.next('Ack');
  device.sendBinary(packFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } }));
  expect((await device.next('RegisterResponse')).payload.limits).toMatchObject({ points_left: 510 });
});

describe.each(placements)('$where', ({ from, to }) => {
  test('between two MessagePack devices bytes stay bytes, and an ack removes', async () => {
    const sender = await packedDevice(cluster.edge(from));
    const recipient = await packedDevice(cluster.edge(to));
    const sent = sendPacked(sender, recipient.hardwareId, { unknown: { deep: [1, null, -5] }, counter: keyId });
    expect((await sender.next('Ack')).payload).toEqual({
      message_id: sent.message_id,
      status: 'delivered',
      expires_at: expect.any(BigInt),
    });
    const { payload } = await recipient.next('Receive');
    expect(payload).toEqual(sent);
    recipient.sendBinary(packFrame({ type: 'Ack', payload: { message_id: sent.message_id } }));
    await eventually(async () => {
      recipient.sendBinary(packFrame({ type: 'Register', payload: { hardware_id: recipient.hardwareId } }));
      expect((await recipient.next('RegisterResponse')).payload.limits).toMatchObject({ queued: 0 });
    });
  });

  test('bytes of a MessagePack device become base64 for a JSON device', async () => {
    const sender = await packedDevice(cluster.edge(from));
    const recipient = await registeredDevice(cluster.edge(to));
    const sent = sendPacked(sender, recipient.hardwareId);
    const { payload } = await recipient.next('Receive');
    expect(payload.encrypted_data).toBe((sent.encrypted_data as Buffer).toString('base64'));
    expect(withoutData(payload)).toEqual(withoutData(sent));
  });

  test('base64 of a JSON device becomes bytes for a MessagePack device, live and from the queue', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const live = await packedDevice(cluster.edge(to));
    const data = randomBytes(3000);
    const sent = sender.sendMessage(live.hardwareId, { encrypted_data: data.toString('base64') });
    const { payload } = await live.next('Receive');
    expect(data.equals(payload.encrypted_data as Uint8Array)).toBe(true);
    expect(withoutData(payload)).toEqual(withoutData(sent));

    const hardwareId = freshHardwareId();
    sender.sendMessage(hardwareId, { encrypted_data: data.toString('base64') });
    await sender.next('Ack');
    await sender.next('Ack');
    const returned = await packedDevice(cluster.edge(to), hardwareId);
    const queued = await returned.next('Receive');
    expect(data.equals(queued.payload.encrypted_data as Uint8Array)).toBe(true);
  });

  test('a key_id of 2^60 is the same number for devices of either kind', async () => {
    const json = await registeredDevice(cluster.edge(from));
    const packed = await packedDevice(cluster.edge(to));
    const ids = `"recipient_id":"${packed.hardwareId}","hardware_id":"${json.hardwareId}"`;
    json.sendText(`{"type":"KeyRotationAck","payload":{${ids},"key_id":${keyId},"success":true}}`);
    expect((await packed.next('KeyRotationAck')).payload.key_id).toBe(keyId);

    const payload = { recipient_id: json.hardwareId, hardware_id: packed.hardwareId, key_id: keyId, success: true };
    packed.sendBinary(packFrame({ type: 'KeyRotationAck', payload }));
    expect((await json.next('KeyRotationAck')).text).toContain(`"key_id":${keyId}`);
  });

  test('Auth messages pass between devices of both kinds with the sender’s id under three names', async () => {
    const json = await registeredDevice(cluster.edge(from));
    const packed = await packedDevice(cluster.edge(to));
    const payload = { recipient_id: json.hardwareId, hardware_id: packed.hardwareId, trusted: true };
    packed.sendBinary(packFrame({ type: 'AuthSuccess', payload }));
    const { hardwareId } = packed;
    const names = { hardware_id: hardwareId, device_id: hardwareId, recipient_id: hardwareId };
    expect((await json.next('AuthSuccess')).payload).toEqual({ ...names, trusted: true });

    const answer = { recipient_id: hardwareId, hardware_id: json.hardwareId, trusted: false };
    json.sendFrame({ type: 'AuthSuccess', payload: answer });
    expect((await packed.next('AuthSuccess')).payload).toMatchObject({ device_id: json.hardwareId, trusted: false });
  });
});
