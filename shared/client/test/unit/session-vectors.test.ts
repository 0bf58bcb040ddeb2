import { createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readVectors } from '../vectors/vector-file';

// Everything here is Node's own: the vectors must hold without this package's code.

type Party = { id: string; agreement_secret: string; agreement_public: string };
type Sealed = { kind: string; key_id: string; counter: number; message_id: string; plain: string; sealed: string };
type Sessions = {
  initiator: Party;
  responder: Party;
  roots: {
    paired: Record<
      'initiator_ephemeral_secret' | 'responder_ephemeral_secret' | 'pairing_key' | 'transcript_hash' | 'root',
      string
    >;
    introduced: { secret: string; root: string };
  };
  root: string;
  messages: Sealed[];
};

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

function agreed(secret: string, publicKey: Buffer): Buffer {
  const privateDer = Buffer.concat([hex('302e020100300506032b656e04220420'), hex(secret)]);
  const publicDer = Buffer.concat([hex('302a300506032b656e032100'), publicKey]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: publicDer, format: 'der', type: 'spki' }),
  });
}

function publicOf(secret: string): Buffer {
  const privateDer = Buffer.concat([hex('302e020100300506032b656e04220420'), hex(secret)]);
  const key = createPublicKey(createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' }));
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function derived(secret: Buffer, salt: Buffer, info: Buffer): string {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32)).toString('hex');
}

function keyNumber(keyId: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(keyId));
  return bytes;
}

const none = Buffer.alloc(0);

function direction(root: string, from: string, to: string, keyId: string): Buffer {
  const info = Buffer.concat([Buffer.from(`openrelay-direction-v1\0${from}\0${to}\0`), keyNumber(keyId)]);
  return hex(derived(hex(root), none, info));
}

function opened(key: Buffer, ids: readonly string[], sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(18, 30));
  decipher.setAAD(Buffer.concat([Buffer.from(`openrelay-message-v1\0${ids.join('\0')}\0`), sealed.subarray(0, 18)]));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(30, -16)), decipher.final()]).toString('hex');
}

describe('the vectors of sessions hold by Node’s own cryptography', () => {
  const { initiator, responder, roots, root, messages } = readVectors<Sessions>('sessions');

  test('the root of a pairing', () => {
    const { paired } = roots;
    const [ours, theirs] = [paired.initiator_ephemeral_secret, paired.responder_ephemeral_secret];
    const dh = [
      agreed(initiator.agreement_secret, publicOf(theirs)),
      agreed(ours, hex(responder.agreement_public)),
      agreed(ours, publicOf(theirs)),
      agreed(initiator.agreement_secret, hex(responder.agreement_public)),
    ];
    const secret = Buffer.concat([...dh, hex(paired.pairing_key)]);
    expect(derived(secret, hex(paired.transcript_hash), Buffer.from('openrelay-root-v1'))).toBe(paired.root);
  });

  test('the root of an introduction', () => {
    const shared = agreed(responder.agreement_secret, hex(initiator.agreement_public));
    const { secret, root: introduced } = roots.introduced;
    expect(derived(shared, hex(secret), Buffer.from('openrelay-introduced-v1'))).toBe(introduced);
  });

  test('messages', () => {
    const kinds = { message: 1, control: 4 };
    for (const { kind, key_id, counter, message_id, plain, sealed } of messages) {
      const bytes = Buffer.from(sealed, 'base64');
      expect([...bytes.subarray(0, 2)]).toEqual([1, kinds[kind as keyof typeof kinds]]);
      expect([bytes.readBigUInt64BE(2), bytes.readBigUInt64BE(10)]).toEqual([BigInt(key_id), BigInt(counter)]);
      const key = direction(root, initiator.id, responder.id, key_id);
      expect(opened(key, [initiator.id, responder.id, message_id], bytes)).toBe(plain);
    }
  });
});

test('the vectors of rotation hold by Node’s own cryptography', () => {
  type Side = Party & { ephemeral_secret: string };
  type Rotation = {
    starter: Side;
    answerer: Side;
    root_1: string;
    root_2: string;
    update: { encrypted_key_package: string };
    ack: { encrypted_key_package: string };
    starter_sends_with: string;
    answerer_sends_with: string;
  };
  const { starter, answerer, ...rotation } = readVectors<Rotation>('rotation');
  const noId = '00000000-0000-0000-0000-000000000000';
  const headIn = (from: Party, to: Party, sealed: string): Record<string, string> => {
    const key = direction(rotation.root_1, from.id, to.id, '1');
    const plain = hex(opened(key, [from.id, to.id, noId], Buffer.from(sealed, 'base64')));
    return JSON.parse(plain.subarray(4).toString());
  };
  const update = headIn(starter, answerer, rotation.update.encrypted_key_package);
  const answer = headIn(answerer, starter, rotation.ack.encrypted_key_package);
  const ephemerals = [publicOf(starter.ephemeral_secret), publicOf(answerer.ephemeral_secret)] as const;
  expect(update).toEqual({ t: 'rotate', key_id: '2', ephemeral: ephemerals[0].toString('base64') });
  expect(answer).toEqual({
    t: 'rotated',
    key_id: '2',
    ephemeral: ephemerals[1].toString('base64'),
    to: ephemerals[0].toString('base64'),
  });
  const secret = Buffer.concat([
    hex(rotation.root_1),
    agreed(starter.ephemeral_secret, ephemerals[1]),
    agreed(starter.agreement_secret, ephemerals[1]),
    agreed(starter.ephemeral_secret, hex(answerer.agreement_public)),
  ]);
  const info = Buffer.concat([Buffer.from('openrelay-rotate-v1\0'), keyNumber('2')]);
  expect(derived(secret, none, info)).toBe(rotation.root_2);
  expect(direction(rotation.root_2, starter.id, answerer.id, '2').toString('hex')).toBe(rotation.starter_sends_with);
  expect(direction(rotation.root_2, answerer.id, starter.id, '2').toString('hex')).toBe(rotation.answerer_sends_with);
});

test('the vectors of transfers say the hash of what is in their chunks', () => {
  type Transfer = { messages: { head: { t: string; sha256?: string }; body: string; plain: string }[] };
  const { messages } = readVectors<Transfer>('transfers');
  const chunks = messages.filter(({ head }) => head.t === 'chunk').map(({ body }) => Buffer.from(body, 'base64'));
  const end = messages.find(({ head }) => head.t === 'end');
  expect(createHash('sha256').update(Buffer.concat(chunks)).digest('hex')).toBe(end?.head.sha256);
  for (const { head, body, plain } of messages) {
    const bytes = hex(plain);
    const length = bytes.readUInt32BE(0);
    expect(JSON.parse(bytes.subarray(4, 4 + length).toString())).toEqual(head);
    expect(bytes.subarray(4 + length).toString('base64')).toBe(body);
  }
});
