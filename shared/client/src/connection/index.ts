/** One registered connection to a relay, and the link that comes back: frames, claim, contacts, states as events. */
export type { MessageHandler } from './arrivals';
export type { ConnectionOptions } from './connection-options';
export type { ConnectionEvents } from './events';
export type { Link, LinkEvents } from './link';
export type { LinkState } from './link-state';
export { type Handler, type Handlers, Listeners } from './listeners';
export { randomMessageId } from './message-id';
export type {
  Accepted,
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  ClaimKey,
  ContactChanges,
  Contacts,
  ContentType,
  From,
  KeyRotationAck,
  KeyRotationUpdate,
  Limits,
  OutgoingMessage,
  Payload,
  PeerFrames,
  Presence,
  ReceivedMessage,
  Registration,
  To,
} from './messages';
export { RegisteredConnection } from './registered-connection';
export { RelayError, type RelayErrorCode } from './relay-error';
export { type LinkOptions, RelayLink } from './relay-link';
export { pointsOfData, sealedBytes } from './sealed-bytes';
export type { Closed, WebSocketConstructor, WebSocketLike } from './web-socket';
