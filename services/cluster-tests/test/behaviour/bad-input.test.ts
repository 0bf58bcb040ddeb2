import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { freshHardwareId, type TestDevice } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, registeredDevice } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 1 });

const somebody = freshHardwareId();

/** The connection must be of use after whatever was wrong: it answers, sends and receives. */
async function expectUsable(device: TestDevice): Promise<void> {
  device.sendText('{"type":"Ping"}');
  await device.next('Pong');
  await exchange(device, device);
}

describe('what is no frame of the protocol is answered 400, and the connection lives on', () => {
  test.each([
    ['empty text', ''],
    ['no JSON', 'hello'],
    ['half of a JSON object', '{"type":"Ping"'],
    ['two JSON objects', '{"type":"Ping"}{"type":"Ping"}'],
    ['a JSON array', '[{"type":"Ping"}]'],
    ['a JSON string', '"Ping"'],
    ['null', 'null'],
    ['no type', '{"payload":{}}'],
    ['a type that is no text', '{"type":7,"payload":{}}'],
    ['an unknown type', '{"type":"Hello","payload":{}}'],
    ['a type in another case', '{"type":"ping"}'],
    ['a type that objects have by nature', '{"type":"constructor","payload":{}}'],
    ['a payload that is no object', '{"type":"Ack","payload":[]}'],
    ['no payload', '{"type":"Register"}'],
    ['a type that only the relay sends: RegisterResponse', '{"type":"RegisterResponse","payload":{}}'],
    ['a type that only the relay sends: Receive', '{"type":"Receive","payload":{}}'],
    ['a type that only the relay sends: Pong', '{"type":"Pong"}'],
    ['a type that only the relay sends: Error', '{"type":"Error","payload":{"message":"","code":1}}'],
    ['a deeply nested value', `{"type":"Ack","payload":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('%s', async (_name, text) => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendText(text);
    expect(await errorOf(device)).toEqual({ code: 400, message: expect.any(String) });
    await expectUsable(device);
  });

  test('a binary frame on a JSON connection', async () => {
    const device = await registeredDevice(cluster.edge(0));
    device.sendBinary(Buffer.from('{"type":"Ping"}'));
    expect(await errorOf(device)).toMatchObject({ code: 400 });
    await expectUsable(device);
  });

  test('and the same before registration, so that the device can register still', async () => {
    const device = await connectDevice(cluster.edge(0));
    device.sendText('nonsense');
    expect(await errorOf(device)).toMatchObject({ code: 400 });
    await device.register();
    await expectUsable(device);
  });
});

const requiredFields = {
  Send: [
    'recipient_id',
    'sender_id',
    'encrypted_data',
    'message_id',
    'timestamp',
    'ttl',
    'hardware_id',
    'content_type',
    'size_bytes',
  ],
  Ack: ['message_id'],
  Status: ['hardware_id', 'status'],
  AuthRequest: ['recipient_id', 'public_key', 'challenge', 'hardware_id'],
  AuthResponse: ['recipient_id', 'challenge_response', 'challenge', 'hardware_id'],
  AuthVerify: ['recipient_id', 'challenge_response', 'hardware_id'],
  AuthSuccess: ['recipient_id', 'trusted', 'hardware_id'],
  KeyRotationUpdate: ['recipient_id', 'encrypted_key_package', 'key_id', 'hardware_id'],
  KeyRotationAck: ['recipient_id', 'key_id', 'success', 'hardware_id'],
};

/** A right value for every field of every message. */
function fieldsOf(device: TestDevice, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...device.message(somebody),
    public_key: 'YQ==',
    challenge: 'YQ==',
    challenge_response: 'YQ==',
    trusted: true,
    success: true,
    encrypted_key_package: 'YQ==',
    key_id: 1,
    status: 'Online',
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

describe('a message with a field missing or ill-typed is answered 400 that names the field', () => {
  const cases = Object.entries(requiredFields).flatMap(([type, names]) => names.map((name) => ({ type, names, name })));

  test.each(cases)('$type without $name, or with an object in its place', async ({ type, names, name }) => {
    const device = await registeredDevice(cluster.edge(0));
    for (const wrong of [undefined, { not: 'this' }]) {
      device.sendFrame({ type, payload: { ...fieldsOf(device, names), [name]: wrong } });
      const { code, message } = await errorOf(device);
      expect(code).toBe(400);
      expect(message).toContain(name);
    }
    await expectUsable(device);
  });

  test.each([
    ['a recipient_id that is no hash', { recipient_id: 'G'.repeat(64) }],
    ['a recipient_id that is too short', { recipient_id: 'A'.repeat(63) }],
    ['a sender_id that is no hash', { sender_id: 'me' }],
    ['a hardware_id that is no hash', { hardware_id: '' }],
    ['a message_id that is no UUID', { message_id: '12' }],
    ['data that is no text', { encrypted_data: 12 }],
    ['a lifetime in text', { ttl: '60' }],
    ['a fraction of a second as lifetime', { ttl: 0.5 }],
    ['a timestamp in text', { timestamp: 'now' }],
    ['an unknown content type', { content_type: 'Video' }],
    ['a negative size', { size_bytes: -1 }],
    ['a signature that is a number', { signature: 1 }],
  ])('a Send with %s', async (_name, wrong) => {
    const device = await registeredDevice(cluster.edge(0));
    const sent = device.sendMessage(somebody, wrong);
    const { code, message_id } = await errorOf(device);
    expect(code).toBe(400);
    expect(message_id).toBe(sent.message_id);
    await expectUsable(device);
  });

  test.each([
    ['an id of 63 digits', { hardware_id: 'A'.repeat(63) }],
    ['an id with spaces around it', { hardware_id: ` ${somebody} ` }],
    ['an id that is a number', { hardware_id: 7 }],
    ['no id', {}],
    ['acks that are no truth value', { hardware_id: somebody, acks: 'yes' }],
  ])('a Register with %s', async (_name, payload) => {
    const device = await connectDevice(cluster.edge(0));
    device.sendFrame({ type: 'Register', payload });
    expect(await errorOf(device)).toMatchObject({ code: 400 });
    await device.register();
    await expectUsable(device);
  });

  test.each([-1, 1.5, '7', null, 2 ** 70])('a key_id of %p', async (keyId) => {
    const device = await registeredDevice(cluster.edge(0));
    const payload = { hardware_id: device.hardwareId, recipient_id: somebody, key_id: keyId, success: true };
    device.sendFrame({ type: 'KeyRotationAck', payload });
    expect(await errorOf(device)).toMatchObject({ code: 400 });
  });
});

test('a signature may be absent or null', async () => {
  const device = await registeredDevice(cluster.edge(0));
  for (const signature of [null, undefined]) {
    const sent = device.sendMessage(device.hardwareId, { signature });
    await device.next('Ack');
    expect((await device.next('Receive')).payload).toEqual(JSON.parse(JSON.stringify(sent)));
  }
});

describe('who speaks for another is answered 403, and the connection lives on', () => {
  const claims = Object.entries(requiredFields).flatMap(([type, names]) => (type === 'Ack' ? [] : [{ type, names }]));

  test.each(claims)('$type with another device’s hardware_id', async ({ type, names }) => {
    const device = await registeredDevice(cluster.edge(0));
    const payload = { ...fieldsOf(device, names), hardware_id: somebody };
    device.sendFrame({ type, payload });
    expect(await errorOf(device)).toMatchObject({ code: 403 });
    await expectUsable(device);
  });

  test('Send with another sender_id', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const sent = device.sendMessage(somebody, { sender_id: somebody });
    expect(await errorOf(device)).toMatchObject({ code: 403, message_id: sent.message_id });
    await expectUsable(device);
  });

  test('and the own id in another case is the own id', async () => {
    const device = await registeredDevice(cluster.edge(0));
    const written = device.hardwareId.toLowerCase();
    const sent = device.sendMessage(somebody, { sender_id: written, hardware_id: written });
    expect((await device.next('Ack')).payload.message_id).toBe(sent.message_id);
  });

  test.each(Object.entries(requiredFields))('%s before registration', async (type, names) => {
    const device = await connectDevice(cluster.edge(0));
    device.sendFrame({ type, payload: { ...fieldsOf(device, names), message_id: randomUUID() } });
    expect(await errorOf(device)).toMatchObject({ code: 403 });
    await device.register();
    await expectUsable(device);
  });
});
