import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type ReceivedMessage, RegisteredConnection } from '../../src/index';
import { closeAll, connected, devices, options, ownId, peerId, relayLimits, settled } from './connected-device';
import { FakeWebSocket } from './fake-web-socket';

const data = new Uint8Array(3);

function receive(relay: FakeWebSocket, messageId: string): void {
  relay.say('Receive', { message_id: messageId, sender_id: peerId, encrypted_data: 'AAAA', ttl: 60, extra: 1 });
}

function failing(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** What is thrown outside of all calls from here on, caught at the last moment. */
function uncaughtErrors(): () => unknown[] {
  const errors: unknown[] = [];
  jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => {
    try {
      callback();
    } catch (error) {
      errors.push(error);
    }
  });
  return () => errors;
}

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await closeAll();
});

describe('connecting', () => {
  test('opens, registers with acks, and resolves with what the relay answered', async () => {
    const { device, relay } = await connected();
    expect(relay.written[0]).toEqual({ type: 'Register', payload: { hardware_id: ownId, acks: true } });
    expect(device.registration).toEqual({ hardwareId: ownId, limits: relayLimits, standing: 'unclaimed' });
  });

  test('takes the id from device_id when a relay sends only that', async () => {
    const connecting = RegisteredConnection.connect(options());
    FakeWebSocket.latest().accept();
    FakeWebSocket.latest().say('RegisterResponse', { device_id: ownId });
    const device = await connecting;
    devices.push(device);
    expect(device.registration).toEqual({ hardwareId: ownId, limits: undefined, standing: 'unclaimed' });
  });

  test('rejects with the code and the words of a refused registration, and closes', async () => {
    const connecting = RegisteredConnection.connect(options());
    const relay = FakeWebSocket.latest();
    relay.accept();
    relay.say('Error', { code: 400, message: 'no hash' });
    await expect(connecting).rejects.toMatchObject({ name: 'RelayError', code: 400, message: 'no hash' });
    expect(relay.readyState).toBe(3);
  });

  test('rejects when the relay says nothing in time', async () => {
    const connecting = RegisteredConnection.connect(options({ timeoutMs: 5 }));
    FakeWebSocket.latest().accept();
    await expect(connecting).rejects.toMatchObject({ code: 'timeout' });
  });

  test('rejects when the connection closes instead of opening', async () => {
    const connecting = RegisteredConnection.connect(options());
    FakeWebSocket.latest().end({ code: 1006, reason: '' });
    await expect(connecting).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringContaining('not be reached'),
    });
  });
});

describe('sending', () => {
  test('writes every field and resolves with the Ack of that message', async () => {
    const { device, relay } = await connected({ now: () => 1_700_000_000_999, newMessageId: () => 'm1' });
    const sending = device.send({ recipientId: peerId, data, ttlSeconds: 60, contentType: 'Text' });
    expect(relay.writtenOf('Send')).toEqual([
      {
        recipient_id: peerId,
        sender_id: ownId,
        encrypted_data: 'AAAA',
        message_id: 'm1',
        timestamp: 1_700_000_000,
        ttl: 60,
        hardware_id: ownId,
        content_type: 'Text',
        size_bytes: 4,
      },
    ]);
    relay.say('Ack', { message_id: 'm1', status: 'queued', expires_at: 7 });
    await expect(sending).resolves.toEqual({ messageId: 'm1', status: 'queued', expiresAtMs: 7 });
  });

  test('gives each message a UUID of its own', async () => {
    const { device, relay } = await connected();
    const sendings = [1, 2].map(() => device.send({ recipientId: peerId, data }));
    const [first, second] = relay.writtenOf('Send').map((payload) => payload.message_id as string);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    relay.say('Ack', { message_id: second });
    relay.say('Ack', { message_id: first });
    expect((await Promise.all(sendings)).map((accepted) => accepted.messageId)).toEqual([first, second]);
  });

  test('rejects the refused message only, with when to try again', async () => {
    const { device, relay } = await connected();
    const first = device.send({ recipientId: peerId, data, messageId: 'm1' });
    const second = device.send({ recipientId: peerId, data, messageId: 'm2' });
    relay.say('Error', { code: 429, message: 'too many', message_id: 'm2', retry_after_ms: 1500 });
    relay.say('Ack', { message_id: 'm1', status: 'delivered' });
    await expect(second).rejects.toMatchObject({ code: 429, messageId: 'm2', retryAfterMs: 1500 });
    await expect(first).resolves.toMatchObject({ status: 'delivered' });
  });

  test('does not write a message again whose answer is still awaited', async () => {
    const { device, relay } = await connected();
    const first = device.send({ recipientId: peerId, data, messageId: 'm1' });
    const again = device.send({ recipientId: peerId, data, messageId: 'm1' });
    await expect(again).rejects.toMatchObject({ code: 'busy' });
    relay.say('Ack', { message_id: 'm1' });
    await expect(first).resolves.toMatchObject({ messageId: 'm1' });
    expect(relay.writtenOf('Send')).toHaveLength(1);
  });

  test('takes an Error without a message id for the oldest message when the relay is an older one', async () => {
    const { device, relay } = await connected({}, {});
    const first = device.send({ recipientId: peerId, data, messageId: 'm1' });
    const second = device.send({ recipientId: peerId, data, messageId: 'm2' });
    relay.say('Error', { code: 429, message: 'too many' });
    relay.say('Ack', { message_id: 'm2' });
    await expect(first).rejects.toMatchObject({ code: 429 });
    await expect(second).resolves.toMatchObject({ messageId: 'm2', status: undefined });
  });

  test('rejects when no answer comes in time, and when the connection closes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { device, relay } = await connected({ timeoutMs: 5 });
    const unanswered = device.send({ recipientId: peerId, data });
    jest.advanceTimersByTime(5);
    await expect(unanswered).rejects.toMatchObject({ code: 'timeout' });
    jest.useRealTimers();
    const sending = device.send({ recipientId: peerId, data });
    relay.end({ code: 1012, reason: 'restart' });
    await expect(sending).rejects.toMatchObject({ code: 'closed' });
    await expect(device.send({ recipientId: peerId, data })).rejects.toMatchObject({
      code: 'closed',
    });
    await expect(device.closed).resolves.toEqual({ code: 1012, reason: 'restart' });
  });
});

describe('receiving', () => {
  test('keeps what came before the handler, hands over one at a time, and acks what was handled', async () => {
    const { device, relay } = await connected();
    receive(relay, 'm1');
    receive(relay, 'm2');
    await settled();
    expect(relay.writtenOf('Ack')).toEqual([]);
    const seen: ReceivedMessage[] = [];
    let finishFirst = () => {};
    device.onReceive((message) => {
      seen.push(message);
      return seen.length > 1 ? undefined : new Promise<void>((resolve) => (finishFirst = resolve));
    });
    await settled();
    expect(seen.map((message) => message.messageId)).toEqual(['m1']);
    finishFirst();
    await settled();
    expect(seen.map((message) => message.messageId)).toEqual(['m1', 'm2']);
    expect(seen[0]).toMatchObject({ senderId: peerId, data, ttlSeconds: 60, payload: { extra: 1 } });
    expect(relay.writtenOf('Ack')).toEqual([{ message_id: 'm1' }, { message_id: 'm2' }]);
  });

  test('does not ack what the handler failed on, says so, and goes on', async () => {
    const failures: unknown[] = [];
    const { device, relay } = await connected({ handlers: { handlerFailed: (error) => failures.push(error) } });
    device.onReceive((message) => {
      if (message.messageId === 'm1') throw new Error('disk full');
    });
    receive(relay, 'm1');
    receive(relay, 'm2');
    await settled();
    expect(relay.writtenOf('Ack')).toEqual([{ message_id: 'm2' }]);
    expect(failures).toEqual([new Error('disk full')]);
  });

  test('goes on when what hears of failures fails itself, which becomes an uncaught error', async () => {
    const { device, relay } = await connected({ handlers: { handlerFailed: failing('log full') } });
    const handled: string[] = [];
    device.onReceive((message) => {
      handled.push(message.messageId);
      if (message.messageId === 'm1') throw new Error('disk full');
    });
    const uncaught = uncaughtErrors();
    receive(relay, 'm1');
    receive(relay, 'm2');
    await settled();
    receive(relay, 'm3');
    await settled();
    expect(handled).toEqual(['m1', 'm2', 'm3']);
    expect(relay.writtenOf('Ack')).toEqual([{ message_id: 'm2' }, { message_id: 'm3' }]);
    expect(uncaught()).toEqual([new Error('log full')]);
  });

  test.each([
    ['authRequest', 'AuthRequest', { public_key: 'a', challenge: 'b', device_id: peerId }],
    ['keyRotationAck', 'KeyRotationAck', { hardware_id: peerId, key_id: 1, success: true }],
    ['refused', 'Error', { code: 404, message: 'nobody' }],
  ] as const)('tells of a listener of %s that throws, and calls the others', async (name, type, payload) => {
    const failures: unknown[] = [];
    const events: unknown[] = [];
    const { device, relay } = await connected({ handlers: { [name]: failing('listener') } });
    device.on(name, (event) => events.push(event));
    device.on('handlerFailed', (error) => failures.push(error));
    relay.say(type, payload);
    await settled();
    expect(events).toHaveLength(1);
    expect(failures).toEqual([new Error('listener')]);
  });

  test('a listener that throws where nobody hears of failures becomes an uncaught error', async () => {
    const { relay } = await connected({ handlers: { refused: failing('listener') } });
    const uncaught = uncaughtErrors();
    relay.say('Error', { code: 404, message: 'nobody' });
    await settled();
    expect(uncaught()).toEqual([new Error('listener')]);
  });

  test('closes rather than buffer without end when nobody handles messages', async () => {
    const { device, relay } = await connected();
    for (let count = 0; count <= 10_000; count += 1) {
      receive(relay, `m${count}`);
    }
    await expect(device.closed).resolves.toMatchObject({ code: 1000 });
  });

  test('lives on when the relay says what this version cannot read', async () => {
    const { device, relay } = await connected();
    relay.sayText('{');
    relay.sayText('null');
    relay.say('Tomorrow', { message_id: 1 });
    relay.say('Receive', { message_id: 7 });
    const pinging = device.ping();
    relay.say('Pong');
    await expect(pinging).resolves.toBeUndefined();
  });
});

test('setStatus says the presence', async () => {
  const { device, relay } = await connected();
  device.setStatus('Offline');
  expect(relay.writtenOf('Status')).toEqual([{ hardware_id: ownId, status: 'Offline' }]);
});
