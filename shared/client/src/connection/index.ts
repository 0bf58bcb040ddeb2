/** One registered connection to a relay, and the link that comes back: frames, claim, contacts, states as events. */
export type { MessageHandler } from './arrivals';
export type { ConnectionOptions } from './connection-options';
export type { ConnectionEvents } from './events';
export { randomMessageId } from './frames/message-id';
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
} from './frames/messages';
export { pointsOfData, sealedBytes } from './frames/sealed-bytes';
export type { Link, LinkEvents } from './link';
export type { LinkState } from './link-state';
export { type Handler, type Handlers, Listeners } from './listeners';
export { RegisteredConnection } from './registered-connection';
export { RelayError, type RelayErrorCode } from './relay-error';
export { type LinkOptions, RelayLink } from './relay-link';
export type { Closed, WebSocketConstructor, WebSocketLike } from './web-socket';
