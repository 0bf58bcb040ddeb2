import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame } from '../../src/index';
import {
  base64,
  decoders,
  jsonFrame,
  membersText,
  messageId,
  recipient,
  refusalOf,
  type SampleType,
  samplePayloads,
  sender,
  tag,
} from '../sample-messages';

const noHash = [
  '',
  'x'.repeat(64),
  sender.slice(1),
  `${sender}0`,
  ` ${recipient}`,
  `${sender}\n`,
  7,
  null,
  true,
  [sender],
  {},
];
const noUuid = [
  '',
  'id',
  messageId.slice(1),
  `${messageId} `,
  `${messageId}\n`,
  messageId.replace('0', 'g'),
  `{${messageId}`,
  `${messageId}}`,
  `urn:uuid:{${messageId}}`,
  7,
  null,
  {},
];
const noWhole = [1.5, '7', null, true, [7], {}];
const noCount = [...noWhole, -1];
const noText = [7, null, true, ['text'], { text: 'text' }];
const noFlag = [0, 1, 'true', null, []];

const noBase64 = [
  '',
  7,
  true,
  [],
  {},
  '*'.repeat(44),
  base64(32, 1).slice(0, -1), // without its padding
  ` ${base64(32, 1)}`,
  `${base64(32, 1)}\n`,
  base64(32, 255).replaceAll('/', '_'), // the alphabet of URLs
  `${base64(32, 1).slice(0, -2)}F=`, // bits beyond the last byte
  'A'.repeat(100_000),
];
const noSignature = [...noBase64, base64(63, 1), base64(65, 1), base64(64, 255).replaceAll('=', '')];
const noTags = [
  'text',
  7,
  {},
  tag(1),
  [7],
  [''],
  [tag(1).slice(1)],
  [`${tag(1)}0`],
  ['g'.repeat(32)],
  [tag(1), null],
  Array(1001).fill(tag(1)),
];

const illTyped: { [type in SampleType]: Record<string, unknown[]> } = {
  Register: {
    hardware_id: noHash,
    acks: [0, 1, 'true', []],
    public_key: [...noBase64, base64(31, 1), base64(33, 1), base64(64, 4), base64(65, 5), base64(66, 4), base64(0, 0)],
    succession: noSignature,
    presence: ['Hidden', 'visible', '', true, 7, []],
  },
  Prove: { signature: noSignature },
  Contacts: {
    accept: ['Anyone', '', 'nobody', 7, null, ['listed']],
    add: noTags,
    remove: noTags,
    replace: noTags,
  },
  Send: {
    hardware_id: noHash,
    sender_id: noHash,
    recipient_id: noHash,
    message_id: noUuid,
    encrypted_data: noText,
    timestamp: noWhole,
    ttl: noCount,
    signature: [7, true, [], {}],
    content_type: ['text', '', 'Video', 7, null],
    size_bytes: noCount,
  },
  Ack: { message_id: noUuid },
  AuthRequest: { hardware_id: noHash, recipient_id: noHash, public_key: noText, challenge: noText },
  AuthResponse: { hardware_id: noHash, recipient_id: noHash, challenge_response: noText, challenge: noText },
  AuthVerify: { hardware_id: noHash, recipient_id: noHash, challenge_response: noText },
  AuthSuccess: { hardware_id: noHash, recipient_id: noHash, trusted: noFlag },
  KeyRotationUpdate: { hardware_id: noHash, recipient_id: noHash, encrypted_key_package: noText, key_id: noCount },
  KeyRotationAck: { hardware_id: noHash, recipient_id: noHash, key_id: noCount, success: noFlag },
  Status: { hardware_id: noHash, status: ['online', 'Gone', '', 7, null] },
};

const optional = [
  'Register.acks',
  'Register.public_key',
  'Register.succession',
  'Register.presence',
  'Contacts.add',
  'Contacts.remove',
  'Contacts.replace',
  'Send.signature',
];

const fields = Object.entries(illTyped).flatMap(([type, byName]) =>
  Object.entries(byName).map(([name, values]) => ({ type: type as SampleType, name, values })),
);
const neededFields = fields.filter(({ type, name }) => !optional.includes(`${type}.${name}`));

describe.each(decoders)('in $encoding', ({ decode }) => {
  test.each(neededFields)('$type without $name is refused by name', ({ type, name }) => {
    const { [name]: _, ...payload } = samplePayloads[type] as Record<string, unknown>;
    expect(refusalOf(decode({ type, payload }))).toMatchObject({
      code: 400,
      text: expect.stringContaining(`${type}.${name} is missing`),
    });
  });

  test.each(fields)('$type with an ill-typed $name is refused by name', ({ type, name, values }) => {
    for (const value of values) {
      const refusal = refusalOf(decode({ type, payload: { ...samplePayloads[type], [name]: value } }));
      expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining(`${type}.${name} is not`) });
    }
  });

  test('a refused Send names its message, when that much could be read', () => {
    const { ttl: _, ...payload } = samplePayloads.Send;
    expect(refusalOf(decode({ type: 'Send', payload })).messageId).toBe(messageId);
    expect(refusalOf(decode({ type: 'Send', payload: { ...payload, message_id: 7 } })).messageId).toBeUndefined();
  });

  test('what was in a refused field is not repeated in the answer', () => {
    for (const { type, name } of fields) {
      const refusal = refusalOf(decode({ type, payload: { ...samplePayloads[type], [name]: ['s3cret'] } }));
      expect(refusal.text).not.toContain('s3cret');
    }
  });
});

describe('a key id', () => {
  test('may be any unsigned 64-bit number and none beyond', () => {
    const [json, messagePack] = decoders;
    const payload = samplePayloads.KeyRotationAck;
    for (const key_id of [0, 2 ** 53, 2 ** 60]) {
      expect(json.decode({ type: 'KeyRotationAck', payload: { ...payload, key_id } }).type).toBe('KeyRotationAck');
    }
    for (const key_id of [0n, 2n ** 60n, 2n ** 64n - 1n]) {
      expect(messagePack.decode({ type: 'KeyRotationAck', payload: { ...payload, key_id } }).type).toBe(
        'KeyRotationAck',
      );
    }
    for (const key_id of [2 ** 64, 2 ** 65, 1e300, -(2 ** 60)]) {
      expect(json.decode({ type: 'KeyRotationAck', payload: { ...payload, key_id } }).type).toBe('refused');
      expect(messagePack.decode({ type: 'KeyRotationAck', payload: { ...payload, key_id } }).type).toBe('refused');
    }
    expect(messagePack.decode({ type: 'KeyRotationAck', payload: { ...payload, key_id: -1n } }).type).toBe('refused');
  });

  test.each([
    ['18446744073709551615', 'KeyRotationUpdate'],
    ['18446744073709551616', 'refused'],
    ['18446744073709553664', 'refused'],
    ['9007199254740993', 'KeyRotationUpdate'],
    ['9007199254740993.5', 'refused'],
    ['1e19', 'refused'],
  ])('of the digits %s is a %s, whatever a parser rounds them to', (digits, outcome) => {
    const { key_id: _, ...others } = samplePayloads.KeyRotationUpdate;
    const payload = `{"key\\u005fid":${digits},${membersText(others)}}`;
    expect(decodeJsonFrame(jsonFrame('KeyRotationUpdate', payload)).type).toBe(outcome);
  });

  test('is nothing to a message that has none', () => {
    const payload = `{"key_id":1e300,${membersText(samplePayloads.AuthSuccess)}}`;
    expect(decodeJsonFrame(jsonFrame('AuthSuccess', payload)).type).toBe('AuthSuccess');
  });
});
