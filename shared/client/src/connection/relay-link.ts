import { closeCodes, type Encoding } from '@openrelay/protocol';
import type { MessageHandler } from './arrivals';
import { ComeBack, type Ending } from './come-back';
import type { ConnectionOptions } from './connection-options';
import { type ConnectionEvents, connectionEventNames } from './events';
import type {
  Accepted,
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  ContactChanges,
  Contacts,
  KeyRotationAck,
  KeyRotationUpdate,
  OutgoingMessage,
  To,
} from './frames/messages';
import { Heartbeat } from './heartbeat';
import type { Link, LinkEvents } from './link';
import type { LinkState } from './link-state';
import { type Handler, type Handlers, Listeners } from './listeners';
import { RegisteredConnection } from './registered-connection';
import { RelayError } from './relay-error';
import { watchSleep } from './sleep-watch';

export type LinkOptions = Omit<ConnectionOptions, 'handlers' | 'encoding' | 'signal'> & {
  readonly handlers?: Handlers<LinkEvents> | undefined;
  /** Default: MessagePack, or JSON with a relay that only speaks that. */
  readonly encoding?: Encoding | undefined;
  /** From 0 up to 1; default Math.random. */
  readonly random?: (() => number) | undefined;
};

const defaultTimeoutMs = 15_000;
/** Of a connection that the machine slept on. */
const wokenPatienceMs = 5_000;

/** Keeps one registered connection: comes back after whatever ended it, unless coming back would do harm. */
export class RelayLink implements Link {
  readonly hardwareId: string;
  private readonly listeners: Listeners<LinkEvents>;
  private readonly comeBack: ComeBack;
  private readonly now: () => number;
  private currentState: LinkState = { is: 'stopped', why: 'The link was not started yet.', code: 'ended' };
  private current: RegisteredConnection | undefined;
  private heartbeat: Heartbeat | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = new AbortController();
  private endWatch: (() => void) | undefined;
  private handler: MessageHandler | undefined;
  private lastHandled: Promise<unknown> = Promise.resolve();
  private nextEncoding: Encoding;
  private isEncodingSure: boolean;
  /** Counts starts and stops, so that what an earlier one left underway changes nothing. */
  private life = 0;

  constructor(private readonly options: LinkOptions) {
    this.hardwareId = options.hardwareId;
    this.now = options.now ?? Date.now;
    this.listeners = new Listeners(options.handlers);
    this.comeBack = new ComeBack(options.random ?? Math.random);
    this.nextEncoding = options.encoding ?? 'msgpack';
    this.isEncodingSure = options.encoding !== undefined;
  }

  get state(): LinkState {
    return this.currentState;
  }

  get encoding(): Encoding {
    return this.current?.encoding ?? this.nextEncoding;
  }

  /** Of now; undefined while the link is not `connected`. */
  get connection(): RegisteredConnection | undefined {
    return this.current;
  }

  /** Begins, also after a stop. Does nothing when it runs. */
  start(): void {
    if (this.currentState.is !== 'stopped') return;
    this.life += 1;
    this.endWatch = watchSleep(this.now, () => this.wake());
    void this.connect(); // never rejects
  }

  /** Resolves when the connection is closed, at the latest after two seconds. */
  async stop(why = 'The link was stopped.'): Promise<void> {
    const connection = this.current;
    this.rest(why, 'ended');
    await connection?.close();
  }

  /** The network may be back, or the machine woke: looks at once, unless the relay asked for a pause. */
  wake(): void {
    if (this.currentState.is === 'connected') this.heartbeat?.probe(wokenPatienceMs);
    if (this.currentState.is !== 'waiting' || isPause(this.currentState.code)) return;
    if (!isBusy(this.currentState.code)) this.comeBack.forgetFailures();
    void this.connect();
  }

  /** Resolves when it is `connected`. Rejects with a RelayError `closed` when it stops instead, or with the signal's reason. */
  untilConnected(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (state: LinkState): void => {
        if (state.is === 'connected') settle(resolve);
        if (state.is === 'stopped') settle(() => reject(new RelayError('closed', state.why)));
      };
      const abort = (): void => settle(() => reject(signal?.reason as Error));
      const forget = this.on('state', look);
      const settle = (act: () => void): void => {
        forget();
        signal?.removeEventListener('abort', abort);
        act();
      };
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
      else look(this.currentState);
    });
  }

  on<Name extends keyof LinkEvents>(name: Name, handler: Handler<LinkEvents[Name]>): () => void {
    return this.listeners.add(name, handler);
  }

  onReceive(handler: MessageHandler): void {
    this.handler = handler;
    this.current?.onReceive((message) => this.handle(message));
  }

  async send(message: OutgoingMessage): Promise<Accepted> {
    return this.connected('Send').send(message);
  }

  async setContacts(changes: ContactChanges): Promise<Contacts> {
    return this.connected('Contacts').setContacts(changes);
  }

  sendAuthRequest(message: To<AuthRequest>): void {
    this.connected('AuthRequest').sendAuthRequest(message);
  }

  sendAuthResponse(message: To<AuthResponse>): void {
    this.connected('AuthResponse').sendAuthResponse(message);
  }

  sendAuthVerify(message: To<AuthVerify>): void {
    this.connected('AuthVerify').sendAuthVerify(message);
  }

  sendAuthSuccess(message: To<AuthSuccess>): void {
    this.connected('AuthSuccess').sendAuthSuccess(message);
  }

  sendKeyRotationUpdate(message: To<KeyRotationUpdate>): void {
    this.connected('KeyRotationUpdate').sendKeyRotationUpdate(message);
  }

  sendKeyRotationAck(message: To<KeyRotationAck>): void {
    this.connected('KeyRotationAck').sendKeyRotationAck(message);
  }

  private connected(what: string): RegisteredConnection {
    if (this.current !== undefined) return this.current;
    throw new RelayError('closed', `There is no connection to the relay now: ${what} was not sent`);
  }

  private async connect(): Promise<void> {
    const { life } = this;
    clearTimeout(this.timer);
    this.attempt = new AbortController();
    this.enter({ is: 'connecting' });
    try {
      const connection = await RegisteredConnection.connect(this.connectionOptions());
      if (life === this.life) this.use(connection);
      else connection.abandon('the link was stopped');
    } catch (error) {
      if (life !== this.life) return;
      this.tryOtherEncoding(error);
      this.ended({ refused: error });
    }
  }

  private connectionOptions(): ConnectionOptions {
    const forward = (name: keyof ConnectionEvents) => (event: never) => this.listeners.emit(name, event);
    const handlers: Handlers<ConnectionEvents> = Object.fromEntries(
      connectionEventNames.map((name) => [name, forward(name)]),
    );
    const timeoutMs = this.options.timeoutMs ?? defaultTimeoutMs;
    const { signal } = this.attempt;
    return { ...this.options, timeoutMs, encoding: this.nextEncoding, handlers, signal };
  }

  private use(connection: RegisteredConnection): void {
    const { life } = this;
    this.current = connection;
    this.isEncodingSure = true;
    this.comeBack.connected(this.now());
    this.heartbeat = new Heartbeat(connection, this.now);
    void connection.closed.then((closed) => {
      if (life === this.life) this.ended({ closed });
    });
    if (this.handler !== undefined) connection.onReceive((message) => this.handle(message));
    this.enter({ is: 'connected', registration: connection.registration });
  }

  /** A WebSocket does not say why it did not open; a relay that knows no subprotocol is one reason. */
  private tryOtherEncoding(error: unknown): void {
    const mayBeEncoding = error instanceof RelayError && error.code === 'closed';
    if (this.isEncodingSure || !mayBeEncoding) return;
    this.nextEncoding = this.nextEncoding === 'json' ? 'msgpack' : 'json';
  }

  /** One at a time, also when a new connection brings messages while a handler is busy with one of the old. */
  private handle(message: Parameters<MessageHandler>[0]): Promise<void> {
    const handled = this.lastHandled.then(() => this.handler?.(message));
    this.lastHandled = handled.catch(() => {});
    return handled;
  }

  private ended(ending: Ending): void {
    this.letGo();
    const next = this.comeBack.next(ending, this.now());
    if (next.do === 'stop') {
      this.rest(next.why, next.code);
      return;
    }
    this.timer = setTimeout(() => void this.connect(), next.delayMs);
    this.enter({ is: 'waiting', untilMs: this.now() + next.delayMs, why: next.why, code: next.code });
  }

  private rest(why: string, code: RelayError['code'] | 'ended'): void {
    this.life += 1;
    // It would come to hold the id later than whoever comes next.
    this.attempt.abort();
    this.letGo();
    clearTimeout(this.timer);
    this.endWatch?.();
    if (this.currentState.is !== 'stopped') this.enter({ is: 'stopped', why, code });
  }

  private letGo(): void {
    this.heartbeat?.stop();
    this.heartbeat = undefined;
    this.current = undefined;
  }

  private enter(state: LinkState): void {
    this.currentState = state;
    this.listeners.emit('state', state);
  }
}

/** Coming earlier than it asked for would be refused, or worse. */
function isPause(code: RelayError['code']): boolean {
  return code === 429 || code === closeCodes.flooding.code || code === closeCodes.replaced.code;
}

/** One try more is no harm to a relay that could not serve this device; delays that begin short again would be. */
function isBusy(code: RelayError['code']): boolean {
  return code === 503 || code === closeCodes.tryLater.code;
}
