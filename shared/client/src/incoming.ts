import type { DeviceEvents } from './events';
import { readKeyId } from './key-id';
import type { Accepted, ReceivedMessage, Registration } from './messages';
import { RelayError } from './relay-error';

type Payload = Readonly<Record<string, unknown>>;
type AuthName = 'authRequest' | 'authResponse' | 'authVerify' | 'authSuccess';
type RotationName = 'keyRotationUpdate' | 'keyRotationAck';
type EventOf<Name extends keyof DeviceEvents> = { [Each in Name]: { name: Each; event: DeviceEvents[Each] } }[Name];

export type Incoming =
  | { type: 'registered'; registration: Registration }
  | { type: 'accepted'; accepted: Accepted }
  | { type: 'error'; error: RelayError }
  | { type: 'pong' }
  | { type: 'message'; message: ReceivedMessage }
  | { type: 'auth'; peer: EventOf<AuthName> }
  | { type: 'rotation'; peer: EventOf<RotationName> }
  | { type: 'unreadable' };

/** What the relay said; a type that this version does not know, or no valid frame at all, is `unreadable`. */
export function readIncoming(frame: unknown): Incoming {
  if (typeof frame !== 'string') return { type: 'unreadable' };
  const { type, payload } = parse(frame);
  switch (type) {
    case 'RegisterResponse':
      return { type: 'registered', registration: readRegistration(payload) };
    case 'Ack':
      return { type: 'accepted', accepted: readAccepted(payload) };
    case 'Error':
      return { type: 'error', error: readError(payload) };
    case 'Pong':
      return { type: 'pong' };
    case 'Receive':
      return { type: 'message', message: readMessage(payload) };
    case 'KeyRotationUpdate':
    case 'KeyRotationAck':
      return readRotation(type, payload, readKeyId(frame, payload.key_id));
    default:
      return readAuth(type, payload);
  }
}

function parse(frame: string): { type: unknown; payload: Payload } {
  try {
    const value: unknown = JSON.parse(frame);
    const { type, payload } = isObject(value) ? value : {};
    return { type, payload: isObject(payload) ? payload : {} };
  } catch {
    return { type: undefined, payload: {} };
  }
}

function readRegistration(payload: Payload): Registration {
  return {
    hardwareId: text(payload.hardware_id) || text(payload.device_id),
    limits: isObject(payload.limits) ? payload.limits : undefined,
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

function readMessage(payload: Payload): ReceivedMessage {
  return {
    messageId: text(payload.message_id),
    senderId: text(payload.sender_id),
    encryptedData: text(payload.encrypted_data),
    contentType: text(payload.content_type),
    signature: optionalText(payload.signature),
    timestampSeconds: number(payload.timestamp),
    ttlSeconds: number(payload.ttl),
    payload,
  };
}

function readAuth(type: unknown, payload: Payload): Incoming {
  const senderId = text(payload.hardware_id);
  const challenge = text(payload.challenge);
  const challengeResponse = text(payload.challenge_response);
  switch (type) {
    case 'AuthRequest': {
      const event = { senderId, publicKey: text(payload.public_key), challenge };
      return { type: 'auth', peer: { name: 'authRequest', event } };
    }
    case 'AuthResponse':
      return { type: 'auth', peer: { name: 'authResponse', event: { senderId, challengeResponse, challenge } } };
    case 'AuthVerify':
      return { type: 'auth', peer: { name: 'authVerify', event: { senderId, challengeResponse } } };
    case 'AuthSuccess':
      return { type: 'auth', peer: { name: 'authSuccess', event: { senderId, trusted: payload.trusted === true } } };
    default:
      return { type: 'unreadable' };
  }
}

function readRotation(type: 'KeyRotationUpdate' | 'KeyRotationAck', payload: Payload, keyId?: bigint): Incoming {
  const senderId = text(payload.hardware_id);
  if (keyId === undefined) return { type: 'unreadable' };
  if (type === 'KeyRotationAck') {
    const event = { senderId, keyId, success: payload.success === true };
    return { type: 'rotation', peer: { name: 'keyRotationAck', event } };
  }
  const event = { senderId, keyId, encryptedKeyPackage: text(payload.encrypted_key_package) };
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

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
