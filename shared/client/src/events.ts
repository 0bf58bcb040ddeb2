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
export type DeviceEvents = {
  authRequest: From<AuthRequest>;
  authResponse: From<AuthResponse>;
  authVerify: From<AuthVerify>;
  authSuccess: From<AuthSuccess>;
  keyRotationUpdate: From<KeyRotationUpdate>;
  keyRotationAck: From<KeyRotationAck>;
  /** An `Error` that answers no `send`; code 202 says that a key rotation message was queued and is no failure. */
  refused: RelayError;
  /**
   * What a handler of another event threw, or that of `onReceive`: its message stays unacked then, so it comes again at
   * the next registration.
   */
  handlerFailed: unknown;
};

export type Handler<Name extends keyof DeviceEvents> = (event: DeviceEvents[Name]) => void;
export type Handlers = { readonly [Name in keyof DeviceEvents]?: Handler<Name> };

export class Listeners {
  private readonly byName = new Map<keyof DeviceEvents, Set<(event: never) => void>>();

  constructor(handlers: Handlers) {
    for (const [name, handler] of Object.entries(handlers)) {
      this.byName.set(name as keyof DeviceEvents, new Set([handler]));
    }
  }

  /** Returns what takes the handler away again. */
  add<Name extends keyof DeviceEvents>(name: Name, handler: Handler<Name>): () => void {
    const handlers = this.byName.get(name) ?? new Set();
    this.byName.set(name, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** Never throws: one handler that fails keeps nothing from the others, nor from the connection. */
  emit<Name extends keyof DeviceEvents>(name: Name, event: DeviceEvents[Name]): void {
    for (const handler of this.byName.get(name) ?? []) {
      try {
        (handler as Handler<Name>)(event);
      } catch (error) {
        this.reportFailure(name, error);
      }
    }
  }

  /** A failure that nobody hears of becomes an uncaught error of the process or page, as in the platforms' own events. */
  private reportFailure(name: keyof DeviceEvents, error: unknown): void {
    const isHeard = name !== 'handlerFailed' && (this.byName.get('handlerFailed')?.size ?? 0) > 0;
    if (isHeard) {
      this.emit('handlerFailed', error);
      return;
    }
    queueMicrotask(() => {
      throw error;
    });
  }
}
