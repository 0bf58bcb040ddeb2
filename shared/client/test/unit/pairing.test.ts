import { afterEach, describe, expect, test } from '@jest/globals';
import type { RelayError } from '../../src/index';
import { closeAll, connected, ownId, peerId, settled } from './connected-device';

afterEach(closeAll);

const [k, c, r] = ['k', 'c', 'r'].map((letter) => Uint8Array.of(letter.charCodeAt(0))) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

describe('pairing and key rotation', () => {
  test('writes the four Auth messages with the own id', async () => {
    const { device, relay } = await connected();
    const recipientId = peerId;
    device.sendAuthRequest({ recipientId, publicKey: k, challenge: c });
    device.sendAuthResponse({ recipientId, challengeResponse: r, challenge: c });
    device.sendAuthVerify({ recipientId, challengeResponse: r });
    device.sendAuthSuccess({ recipientId, trusted: true });
    const ids = { recipient_id: peerId, hardware_id: ownId };
    expect(relay.written.slice(1)).toEqual([
      { type: 'AuthRequest', payload: { ...ids, public_key: 'aw==', challenge: 'Yw==' } },
      { type: 'AuthResponse', payload: { ...ids, challenge_response: 'cg==', challenge: 'Yw==' } },
      { type: 'AuthVerify', payload: { ...ids, challenge_response: 'cg==' } },
      { type: 'AuthSuccess', payload: { ...ids, trusted: true } },
    ]);
  });

  test('hands over Auth messages with the id of the device that wrote them', async () => {
    const { device, relay } = await connected();
    const events: unknown[] = [];
    const forget = device.on('authRequest', (request) => events.push(request));
    device.on('authSuccess', (success) => events.push(success));
    const ids = { hardware_id: peerId, device_id: peerId, recipient_id: peerId };
    relay.say('AuthRequest', { ...ids, public_key: 'aw==', challenge: 'Yw==' });
    forget();
    relay.say('AuthRequest', { ...ids, public_key: 'aw==', challenge: 'Yw==' });
    relay.say('AuthSuccess', { ...ids, trusted: true });
    expect(events).toMatchObject([
      { senderId: peerId, publicKey: k, challenge: c },
      { senderId: peerId, trusted: true },
    ]);
  });

  test('keeps all 64 bits of a key id, both ways', async () => {
    const keyId = 2n ** 64n - 1n;
    const ids: bigint[] = [];
    const { device, relay } = await connected({ handlers: { keyRotationUpdate: (update) => ids.push(update.keyId) } });
    device.sendKeyRotationUpdate({ recipientId: peerId, encryptedKeyPackage: k, keyId });
    expect(relay.texts.at(-1)).toContain(`"key_id":${keyId}}`);
    const nested = '"note":{"key_id":3}';
    relay.sayText(`{"type":"KeyRotationUpdate","payload":{${nested},"hardware_id":"${peerId}","key_id": ${keyId}}}`);
    await settled();
    expect(ids).toEqual([keyId]);
    const tooLarge = { recipientId: peerId, keyId: 2n ** 64n, success: true };
    expect(() => device.sendKeyRotationAck(tooLarge)).toThrow(RangeError);
  });

  test('tells by an event what the relay refused of them, and no message is taken for refused', async () => {
    const refusals: RelayError[] = [];
    const { device, relay } = await connected({ handlers: { refused: (error) => refusals.push(error) } });
    const sending = device.send({ recipientId: peerId, data: k, messageId: 'm1' });
    relay.say('Error', { code: 404, message: 'not connected' });
    relay.say('Ack', { message_id: 'm1' });
    await expect(sending).resolves.toMatchObject({ messageId: 'm1' });
    expect(refusals).toMatchObject([{ code: 404, message: 'not connected' }]);
  });
});
