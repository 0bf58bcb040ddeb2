import { isHardwareId } from '@openrelay/protocol';
import type { ConnectionEvents } from './events';
import type { Frame } from './frames/codec';
import { bytesIn, dataIn } from './frames/field-bytes';
import type { Accepted, Contacts, Payload, ReceivedMessage, Registration } from './frames/messages';
import { RelayError } from './relay-error';

type AuthName = 'authRequest' | 'authResponse' | 'authVerify' | 'authSuccess';
type RotationName = 'keyRotationUpdate' | 'keyRotationAck';
type EventOf<Name extends keyof ConnectionEvents> = {
  [Each in Name]: { name: Each; event: ConnectionEvents[Each] };
}[Name];

export type Incoming =
  | { type: 'registered'; registration: Registration }
  | { type: 'challenged'; nonce: Uint8Array }
  | { type: 'contacts'; contacts: Contacts }
  | { type: 'accepted'; accepted: Accepted }
  | { type: 'error'; error: RelayError }
  | { type: 'pong' }
  | { type: 'message'; message: ReceivedMessage }
  | { type: 'auth'; peer: EventOf<AuthName> }
  | { type: 'rotation'; peer: EventOf<RotationName> }
  | { type: 'unreadable' };

const unreadable: Incoming = { type: 'unreadable' };

/** What the relay said; a type that this version does not know, or no valid frame at all, is `unreadable`. */
export function readIncoming(frame: Frame | undefined): Incoming {
  if (frame === undefined) return unreadable;
  const { type, payload } = frame;
  switch (type) {
    case 'RegisterResponse':
      return { type: 'registered', registration: readRegistration(payload) };
    case 'Challenge':
      return { type: 'challenged', nonce: bytesIn(payload.nonce) };
    case 'ContactsResponse':
      return { type: 'contacts', contacts: { accept: text(payload.accept), listed: number(payload.listed) } };
    case 'Ack':
      return { type: 'accepted', accepted: readAccepted(payload) };
    case 'Error':
      return { type: 'error', error: readError(payload) };
    case 'Pong':
      return { type: 'pong' };
    case 'Receive':
      return readMessage(payload);
    case 'KeyRotationUpdate':
    case 'KeyRotationAck':
      return readRotation(type, payload);
    default:
      return readAuth(type, payload);
  }
}

function readRegistration(payload: Payload): Registration {
  return {
    hardwareId: text(payload.hardware_id) || text(payload.device_id),
    limits: isObject(payload.limits) ? payload.limits : undefined,
    standing: payload.claimed === true ? 'claimed' : 'unclaimed',
  };
}

function readAccepted(payload: Payload): Accepted {
  const { status } = payload;
  return {
    messageId: text(payload.message_id),
    status: status === 'delivered' || status === 'queued' ? status : undefined,
    expiresAtMs: optionalNumber(payload.expires_at),
  };
}

function readError(payload: Payload): RelayError {
  return new RelayError(number(payload.code), text(payload.message), {
    messageId: optionalText(payload.message_id),
    retryAfterMs: optionalNumber(payload.retry_after_ms),
  });
}

/** Without its two ids a message can be neither acked nor told from its repeats. */
function readMessage(payload: Payload): Incoming {
  const messageId = text(payload.message_id);
  const senderId = text(payload.sender_id);
  if (messageId === '' || !isHardwareId(senderId)) return unreadable;
  const message = {
    messageId,
    senderId,
    data: dataIn(payload.encrypted_data),
    contentType: text(payload.content_type),
    signature: optionalText(payload.signature),
    timestampSeconds: number(payload.timestamp),
    ttlSeconds: number(payload.ttl),
    payload,
  };
  return { type: 'message', message };
}

function readAuth(type: string, payload: Payload): Incoming {
  const from = { senderId: text(payload.hardware_id), payload };
  const challenge = bytesIn(payload.challenge);
  const challengeResponse = bytesIn(payload.challenge_response);
  switch (type) {
    case 'AuthRequest': {
      const event = { ...from, publicKey: bytesIn(payload.public_key), challenge };
      return { type: 'auth', peer: { name: 'authRequest', event } };
    }
    case 'AuthResponse':
      return { type: 'auth', peer: { name: 'authResponse', event: { ...from, challengeResponse, challenge } } };
    case 'AuthVerify':
      return { type: 'auth', peer: { name: 'authVerify', event: { ...from, challengeResponse } } };
    case 'AuthSuccess':
      return { type: 'auth', peer: { name: 'authSuccess', event: { ...from, trusted: payload.trusted === true } } };
    default:
      return unreadable;
  }
}

function readRotation(type: 'KeyRotationUpdate' | 'KeyRotationAck', payload: Payload): Incoming {
  const { key_id: keyId } = payload;
  if (typeof keyId !== 'bigint') return unreadable;
  const from = { senderId: text(payload.hardware_id), payload, keyId };
  if (type === 'KeyRotationAck') {
    return {
      type: 'rotation',
      peer: { name: 'keyRotationAck', event: { ...from, success: payload.success === true } },
    };
  }
  const event = { ...from, encryptedKeyPackage: bytesIn(payload.encrypted_key_package) };
  return { type: 'rotation', peer: { name: 'keyRotationUpdate', event } };
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return optionalText(value) ?? '';
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number {
  return optionalNumber(value) ?? 0;
}

/** Beyond 2^53 nothing here counts to the last digit. */
function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
