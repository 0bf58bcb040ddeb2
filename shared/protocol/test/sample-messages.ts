import type { DeviceMessage, Refusal, Sealed } from '../src/index';
import { decodeJsonFrame, decodeMessagePackFrame } from '../src/index';
import { packr } from '../src/packr';

export const sender = 'A1'.repeat(32);
export const recipient = 'b2'.repeat(16);
export const stranger = 'C3'.repeat(32);
export const messageId = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** So many bytes of this value. */
export function base64(byteCount: number, value: number): string {
  return Buffer.alloc(byteCount, value).toString('base64');
}

export function tag(value: number): string {
  return Buffer.alloc(16, value).toString('hex');
}

type Payload = Record<string, unknown>;

/** One valid payload of each type that has one, with every field that the protocol lists. */
export const samplePayloads = {
  Register: {
    hardware_id: sender,
    acks: true,
    public_key: base64(32, 1),
    succession: base64(64, 2),
    presence: 'hidden',
  },
  Prove: { signature: base64(64, 3) },
  Contacts: { accept: 'listed', add: [tag(1), tag(2)], remove: [tag(3)], replace: [tag(4)] },
  Send: {
    hardware_id: sender,
    sender_id: sender,
    recipient_id: recipient,
    message_id: messageId,
    encrypted_data: 'c2VhbGVk',
    timestamp: 1_760_000_000,
    ttl: 3600,
    signature: 'c2lnbmVk',
    content_type: 'Text',
    size_bytes: 6,
  },
  Ack: { message_id: messageId },
  AuthRequest: { hardware_id: sender, recipient_id: recipient, public_key: 'a2V5', challenge: 'YXNr' },
  AuthResponse: { hardware_id: sender, recipient_id: recipient, challenge_response: 'YW5z', challenge: 'YXNr' },
  AuthVerify: { hardware_id: sender, recipient_id: recipient, challenge_response: 'YW5z' },
  AuthSuccess: { hardware_id: sender, recipient_id: recipient, trusted: true },
  KeyRotationUpdate: { hardware_id: sender, recipient_id: recipient, encrypted_key_package: 'cGFja2FnZQ==', key_id: 7 },
  KeyRotationAck: { hardware_id: sender, recipient_id: recipient, key_id: 7, success: true },
  Status: { hardware_id: sender, status: 'Away' },
} satisfies Record<string, Payload>;

export type SampleType = keyof typeof samplePayloads;

export const sampleTypes = Object.keys(samplePayloads) as SampleType[];

/** The types whose payload goes to another device. */
export const forwardedTypes = sampleTypes.filter((type) => 'recipient_id' in samplePayloads[type]);

export const authTypes = ['AuthRequest', 'AuthResponse', 'AuthVerify', 'AuthSuccess'] as const;

/** msgpackr writes `undefined` as an extension type, where JSON leaves it out. */
function withoutAbsent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutAbsent(member)]));
}

/** The same object decoded from either encoding. */
export const decoders = [
  { encoding: 'json', decode: (frame: unknown) => decodeJsonFrame(JSON.stringify(frame)) },
  { encoding: 'msgpack', decode: (frame: unknown) => decodeMessagePackFrame(packr.pack(withoutAbsent(frame))) },
] as const;

/** What a decoder made of a frame that it must take. */
export function taken(decoded: DeviceMessage | Refusal): DeviceMessage {
  if (decoded.type === 'refused') throw new Error(`refused: ${decoded.text}`);
  return decoded;
}

/** What a decoder answered to a frame that it must not take. */
export function refusalOf(decoded: DeviceMessage | Refusal): Refusal {
  if (decoded.type !== 'refused') throw new Error(`taken as ${decoded.type}`);
  return decoded;
}

/** The frame that a message is forwarded as. */
export function forwardOf(decoded: DeviceMessage | Refusal): Sealed {
  const message = taken(decoded);
  if (!('forward' in message)) throw new Error(`${message.type} is not forwarded`);
  return message.forward;
}

/** A JSON frame around a payload that is text already. */
export function jsonFrame(type: string, payload: string): string {
  return `{"type":"${type}","payload":${payload}}`;
}

/** The text of an object's members, without the braces. */
export function membersText(payload: object): string {
  return JSON.stringify(payload).slice(1, -1);
}
