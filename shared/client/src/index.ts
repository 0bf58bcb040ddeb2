/** A device's side of the relay's protocol. Runs in browsers and in Node; depends on neither. */

export * from './crypto';
export { Device, type DeviceOptions } from './device';
export type { DeviceEvents } from './events';
export type {
  Accepted,
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  ContentType,
  KeyRotationAck,
  KeyRotationUpdate,
  Limits,
  OutgoingMessage,
  Presence,
  ReceivedMessage,
  Registration,
} from './messages';
export * from './pairing';
export * from './peers';
export { RelayError, type RelayErrorCode } from './relay-error';
export type * from './sessions';
export type { Store } from './stores/store';
export type * from './transfers';
export type { Closed, WebSocketConstructor, WebSocketLike } from './web-socket';
