import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame } from '../../src/index';
import { packr } from '../../src/packr';
import { decoders, messageId, recipient, samplePayloads, sender, tag, taken } from '../sample-messages';

const toPeer = { claimedId: sender, recipientId: recipient };
const small = { ...toPeer, excessBytes: 0 };

describe.each(decoders)('a $encoding device', ({ encoding, decode }) => {
  function read(type: keyof typeof samplePayloads, changes: object = {}) {
    return taken(decode({ type, payload: { ...samplePayloads[type], ...changes } }));
  }
  const forward = expect.objectContaining({ encoding });

  test('registers, with or without promising to acknowledge', () => {
    const plain = { type: 'Register', claimedId: sender, acks: false, presence: 'shown' };
    for (const acks of [true, false, null, undefined])
      expect(taken(decode({ type: 'Register', payload: { hardware_id: sender, acks } }))).toEqual({
        ...plain,
        acks: acks === true,
      });
  });

  test('shows its key, what the key before it signed, and hides its presence', () => {
    expect(read('Register')).toEqual({
      type: 'Register',
      claimedId: sender,
      acks: true,
      presence: 'hidden',
      publicKey: new Uint8Array(32).fill(1),
      succession: new Uint8Array(64).fill(2),
    });
    const point = Buffer.alloc(65, 7).fill(4, 0, 1).toString('base64');
    expect(read('Register', { public_key: point })).toMatchObject({ publicKey: { length: 65 } });
    const none = { public_key: null, succession: null, presence: null };
    expect(read('Register', none)).toMatchObject({ presence: 'shown' });
    expect(read('Register', none)).not.toHaveProperty('publicKey', expect.anything());
  });

  test('proves its key', () => {
    expect(read('Prove')).toEqual({ type: 'Prove', signature: new Uint8Array(64).fill(3) });
  });

  test('lists its contacts, by tags in any case', () => {
    expect(read('Contacts')).toEqual({
      type: 'Contacts',
      accept: 'listed',
      add: [tag(1), tag(2)],
      remove: [tag(3)],
      replace: [tag(4)],
    });
    const add = [tag(0xab).toUpperCase()];
    expect(taken(decode({ type: 'Contacts', payload: { accept: 'anyone', add } }))).toEqual({
      type: 'Contacts',
      accept: 'anyone',
      add: [tag(0xab)],
      remove: [],
    });
    const most = Array(1000).fill(tag(1));
    expect(read('Contacts', { replace: most })).toMatchObject({ replace: most });
  });

  test('sends, and the relay knows all it needs to route and to account', () => {
    expect(read('Send')).toEqual({
      ...toPeer,
      type: 'Send',
      senderId: sender,
      messageId,
      ttlSeconds: 3600,
      payloadBytes: 8,
      excessBytes: 0,
      forward,
    });
  });

  test('acknowledges by the message id as it was written', () => {
    for (const id of [messageId, messageId.toUpperCase(), messageId.replaceAll('-', ''), `urn:uuid:${messageId}`]) {
      expect(read('Ack', { message_id: id })).toEqual({ type: 'Ack', messageId: id });
    }
  });

  test('says each of its presences', () => {
    for (const status of ['Online', 'Away', 'Offline']) {
      expect(read('Status', { status })).toEqual({ type: 'Status', claimedId: sender, presence: status });
    }
  });

  test('pairs through the four Auth messages, charged by their opaque fields', () => {
    expect(read('AuthRequest')).toEqual({ ...small, type: 'AuthRequest', payloadBytes: 8, forward });
    expect(read('AuthResponse')).toEqual({ ...small, type: 'AuthResponse', payloadBytes: 8, forward });
    expect(read('AuthVerify')).toEqual({ ...small, type: 'AuthVerify', payloadBytes: 4, forward });
    expect(read('AuthSuccess')).toEqual({ ...small, type: 'AuthSuccess', payloadBytes: 0, forward });
  });

  test('rotates keys', () => {
    expect(read('KeyRotationUpdate')).toEqual({ ...small, type: 'KeyRotationUpdate', payloadBytes: 12, forward });
    expect(read('KeyRotationAck')).toEqual({ ...small, type: 'KeyRotationAck', payloadBytes: 0, forward });
  });

  test('pings, with or without a payload', () => {
    for (const payload of [undefined, {}, null, 'anything']) {
      expect(decode({ type: 'Ping', payload })).toEqual({ type: 'Ping' });
    }
  });

  test('writes ids in any case, and they are kept as written', () => {
    const mixed = 'aB'.repeat(32);
    expect(read('Send', { hardware_id: mixed, sender_id: mixed.toLowerCase(), recipient_id: mixed })).toMatchObject({
      claimedId: mixed,
      senderId: mixed.toLowerCase(),
      recipientId: mixed,
    });
  });

  test('leaves the signature out or null, and may send with no time to live at all', () => {
    expect(read('Send', { signature: null, ttl: 0 })).toMatchObject({ ttlSeconds: 0 });
    expect(read('Send', { signature: undefined })).toMatchObject({ type: 'Send' });
  });

  test('names each of the content types', () => {
    for (const content_type of ['Text', 'Image', 'KeyPackage', 'Other']) {
      expect(read('Send', { content_type })).toMatchObject({ type: 'Send' });
    }
  });
});

describe('JSON text', () => {
  test('may have its keys in any order and white space anywhere', () => {
    const { hardware_id, recipient_id, trusted } = samplePayloads.AuthSuccess;
    const text = `\r\n { "payload" :\t{ "trusted"\n: ${trusted} , "recipient_id" :"${recipient_id}",
      "hardware_id": "${hardware_id}" } ,\n "type" : "AuthSuccess" }\t `;
    expect(decodeJsonFrame(text)).toMatchObject({ ...toPeer, type: 'AuthSuccess' });
  });

  test('may write any key and value with escapes', () => {
    const text = `{"\\u0074ype":"\\u0041ck","payl\\u006fad":{"message\\u005fid":"\\u0030${messageId.slice(1)}"}}`;
    expect(decodeJsonFrame(text)).toEqual({ type: 'Ack', messageId });
    const forwarded = `{"type":"AuthSuccess","pay\\u006coad":${JSON.stringify(samplePayloads.AuthSuccess)}}`;
    expect(decodeJsonFrame(forwarded)).toMatchObject({ ...toPeer, type: 'AuthSuccess' });
  });
});

describe('MessagePack bytes', () => {
  test('carry opaque fields as bytes, which are what is charged', () => {
    const payload = { ...samplePayloads.Send, encrypted_data: new Uint8Array(3000), signature: new Uint8Array(64) };
    expect(taken(decodeMessagePackFrame(packr.pack({ type: 'Send', payload })))).toMatchObject({ payloadBytes: 3000 });
  });

  test('may write whole numbers in every width', () => {
    for (const ttl of [5, 5n, 40_000, 2 ** 33, 64, 100, 127]) {
      const frame = packr.pack({ type: 'Send', payload: { ...samplePayloads.Send, ttl } });
      expect(decodeMessagePackFrame(frame)).toMatchObject({ ttlSeconds: Number(ttl) });
    }
  });

  test('are read where they lie in a larger buffer', () => {
    const frame = packr.pack({ type: 'Send', payload: samplePayloads.Send });
    const larger = new Uint8Array(frame.length + 20).fill(0xc1);
    larger.set(frame, 10);
    const decoded = taken(decodeMessagePackFrame(larger.subarray(10, 10 + frame.length)));
    expect(decoded).toMatchObject({ type: 'Send', messageId });
  });
});
