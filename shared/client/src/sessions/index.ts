/** Messages sealed for one peer, under keys that change: nothing is read twice, in another order, or by anybody else. */
export type { Content, Head } from './content';
export { NotNow } from './failures';
export { introducedRoot, type PairingSecrets, pairingRoot } from './key-schedule';
export type { Arrived, OpenedMessage, Refusal } from './open-step';
export type {
  RotationAnswer,
  RotationFrames,
  RotationUpdate,
  SealedOutbox,
  SealedPost,
} from './ports';
export { type SealedKind, sealedOverheadBytes } from './sealed-message';
export type { SessionParts } from './session-core';
export { SessionError, type SessionErrorCode } from './session-error';
export { type SessionEvent, shortId } from './session-events';
export type { Writer } from './session-memory';
export { type NewSession, type Received, type SealedSend, Sessions } from './sessions';
export { isNotice, readUnpairedNotice, writeUnpairedNotice } from './unpaired-notice';
