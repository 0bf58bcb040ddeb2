import type {
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  From,
  KeyRotationAck,
  KeyRotationUpdate,
} from './frames/messages';
import type { RelayError } from './relay-error';

/** What can happen on a connection besides a message (`onReceive`) and the answers to what was asked. */
export type ConnectionEvents = {
  authRequest: From<AuthRequest>;
  authResponse: From<AuthResponse>;
  authVerify: From<AuthVerify>;
  authSuccess: From<AuthSuccess>;
  keyRotationUpdate: From<KeyRotationUpdate>;
  keyRotationAck: From<KeyRotationAck>;
  /** A `Send`, `Auth*` or `KeyRotation*` went out: what the relay counts against the limits. `points` of the minute's. */
  requested: { readonly points: number };
  /** An `Error` that answers no `send`; code 202 says that a key rotation message was queued and is no failure. */
  refused: RelayError;
  /**
   * What a handler of another event threw, or that of `onReceive`: its message stays unacked then, so it comes again at
   * the next registration.
   */
  handlerFailed: unknown;
};

export const connectionEventNames = [
  'authRequest',
  'authResponse',
  'authVerify',
  'authSuccess',
  'keyRotationUpdate',
  'keyRotationAck',
  'requested',
  'refused',
  'handlerFailed',
] as const satisfies readonly (keyof ConnectionEvents)[];
