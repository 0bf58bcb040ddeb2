import type {
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  From,
  KeyRotationAck,
  KeyRotationUpdate,
} from './messages';
import type { RelayError } from './relay-error';

/** What can happen to a device besides a message (`onReceive`) and the answers to what it asked. */
export interface DeviceEvents {
  authRequest: From<AuthRequest>;
  authResponse: From<AuthResponse>;
  authVerify: From<AuthVerify>;
  authSuccess: From<AuthSuccess>;
  keyRotationUpdate: From<KeyRotationUpdate>;
  keyRotationAck: From<KeyRotationAck>;
  /** An `Error` that answers no `send`; code 202 says that a key rotation message was queued and is no failure. */
  refused: RelayError;
  /** What the handler of `onReceive` threw; the message stays unacked, so it comes again at the next registration. */
  handlerFailed: unknown;
}

export type Handler<Name extends keyof DeviceEvents> = (event: DeviceEvents[Name]) => void;
export type Handlers = { readonly [Name in keyof DeviceEvents]?: Handler<Name> };

export class Listeners {
  readonly #byName = new Map<keyof DeviceEvents, Set<(event: never) => void>>();

  constructor(handlers: Handlers) {
    for (const [name, handler] of Object.entries(handlers)) {
      this.#byName.set(name as keyof DeviceEvents, new Set([handler]));
    }
  }

  /** Returns what takes the handler away again. */
  add<Name extends keyof DeviceEvents>(name: Name, handler: Handler<Name>): () => void {
    const handlers = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  emit<Name extends keyof DeviceEvents>(name: Name, event: DeviceEvents[Name]): void {
    for (const handler of this.#byName.get(name) ?? []) {
      (handler as Handler<Name>)(event);
    }
  }
}
