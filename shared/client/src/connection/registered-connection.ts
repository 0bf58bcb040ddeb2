import { base64OfBytes, type Encoding, pointsOf } from '@openrelay/protocol';
import { Arrivals, type MessageHandler } from './arrivals';
import { hostOf, proofStatement } from './claim';
import type { ConnectionOptions } from './connection-options';
import type { ConnectionEvents } from './events';
import { FrameSocket } from './frame-socket';
import { randomMessageId } from './frames/message-id';
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
  Payload,
  PeerFrames,
  Presence,
  Registration,
  To,
} from './frames/messages';
import { sealedBytes } from './frames/sealed-bytes';
import { type Incoming, readIncoming } from './incoming';
import { type Handler, Listeners } from './listeners';
import { type PeerBytes, peerPayload, registerPayload, sendPayload } from './outgoing';
import type { RelayError } from './relay-error';
import { Unanswered } from './unanswered';
import { type Closed, platformWebSocket } from './web-socket';

const defaultTimeoutMs = 10_000;

/** One registered connection. It does not come back by itself; `RelayLink` does. */
export class RegisteredConnection implements PeerFrames {
  readonly hardwareId: string;
  readonly encoding: Encoding;
  readonly closed: Promise<Closed>;
  private readonly socket: FrameSocket;
  private readonly listeners: Listeners<ConnectionEvents>;
  private readonly arrivals: Arrivals;
  private readonly registrations: Unanswered<Registration>;
  private readonly sends: Unanswered<Accepted>;
  private readonly contacts: Unanswered<Contacts>;
  private readonly pings: Unanswered<void>;
  private readonly now: () => number;
  private readonly newMessageId: () => string;
  private lastRegistration: Registration | undefined;
  private lastHeardAtMs: number;
  private questionCount = 0;

  private constructor(private readonly options: ConnectionOptions) {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.hardwareId = options.hardwareId;
    this.encoding = options.encoding ?? 'msgpack';
    this.now = options.now ?? Date.now;
    this.lastHeardAtMs = this.now();
    this.newMessageId = options.newMessageId ?? randomMessageId;
    this.listeners = new Listeners(options.handlers);
    this.registrations = new Unanswered(timeoutMs);
    this.sends = new Unanswered(timeoutMs);
    this.contacts = new Unanswered(timeoutMs);
    this.pings = new Unanswered(timeoutMs);
    this.arrivals = new Arrivals({
      handled: ({ messageId }) => this.socket.write('Ack', { message_id: messageId }),
      failed: (error) => this.listeners.emit('handlerFailed', error),
      overflowed: () => void this.close('too many messages wait for a handler'),
    });
    this.socket = new FrameSocket(options.WebSocket ?? platformWebSocket(), options.url, this.encoding, {
      opened: () => this.socket.write('Register', registerPayload(options)),
      frame: (frame) => {
        this.lastHeardAtMs = this.now();
        this.handle(readIncoming(frame));
      },
      closed: (error) => this.end(error),
    });
    this.closed = this.socket.closed;
  }

  /** Opens and registers. Rejects with a RelayError: the relay's refusal, `timeout`, or `closed`; or with what `claim.sign` threw. */
  static async connect(options: ConnectionOptions): Promise<RegisteredConnection> {
    const connection = new RegisteredConnection(options);
    const giveUp = (): void => connection.abandon('nobody waits for it any more');
    options.signal?.addEventListener('abort', giveUp);
    try {
      connection.lastRegistration = await connection.registrations.ask('', 'The registration');
      return connection;
    } catch (error) {
      void connection.close('not registered');
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** What the relay answered to the registration. */
  get registration(): Registration {
    return this.lastRegistration!;
  }

  /** When the relay last said anything, in Unix ms. */
  get heardAtMs(): number {
    return this.lastHeardAtMs;
  }

  /** Resolves when the relay keeps the message (or, with ttlSeconds 0, handed it on). Rejects with a RelayError. */
  async send(message: OutgoingMessage): Promise<Accepted> {
    const messageId = message.messageId ?? this.newMessageId();
    const accepted = this.sends.ask(messageId, `Message ${messageId}`);
    try {
      const { hardwareId, encoding } = this;
      const payload = sendPayload({ ...message, messageId }, { hardwareId, encoding, nowMs: this.now() });
      this.request('Send', payload, sealedBytes(message.data.length, encoding));
    } catch (error) {
      this.sends.refuse(messageId, error as RelayError);
    }
    return accepted;
  }

  /** The one handler of messages: called one at a time, in order; each is acked when what it returns has resolved. */
  onReceive(handler: MessageHandler): void {
    this.arrivals.setHandler(handler);
  }

  /** Returns what takes the handler away again. */
  on<Name extends keyof ConnectionEvents>(name: Name, handler: Handler<ConnectionEvents[Name]>): () => void {
    return this.listeners.add(name, handler);
  }

  /** Of a claimed device. Rejects with a RelayError. */
  setContacts(changes: ContactChanges): Promise<Contacts> {
    return this.question(this.contacts, 'Contacts', changes);
  }

  sendAuthRequest({ recipientId, publicKey, challenge, extra }: To<AuthRequest>): void {
    this.toPeer('AuthRequest', recipientId, { public_key: publicKey, challenge }, extra);
  }

  sendAuthResponse({ recipientId, challengeResponse, challenge, extra }: To<AuthResponse>): void {
    this.toPeer('AuthResponse', recipientId, { challenge_response: challengeResponse, challenge }, extra);
  }

  sendAuthVerify({ recipientId, challengeResponse, extra }: To<AuthVerify>): void {
    this.toPeer('AuthVerify', recipientId, { challenge_response: challengeResponse }, extra);
  }

  sendAuthSuccess({ recipientId, trusted, extra }: To<AuthSuccess>): void {
    this.toPeer('AuthSuccess', recipientId, {}, { ...extra, trusted });
  }

  sendKeyRotationUpdate({ recipientId, encryptedKeyPackage, keyId, extra }: To<KeyRotationUpdate>): void {
    const fields = { encrypted_key_package: encryptedKeyPackage };
    this.toPeer('KeyRotationUpdate', recipientId, fields, { ...extra, key_id: keyId });
  }

  sendKeyRotationAck({ recipientId, keyId, success, extra }: To<KeyRotationAck>): void {
    this.toPeer('KeyRotationAck', recipientId, {}, { ...extra, key_id: keyId, success });
  }

  /** `Offline` lets messages queue while the connection stays open. The relay does not answer it. */
  setStatus(status: Presence): void {
    this.socket.write('Status', { hardware_id: this.hardwareId, status });
  }

  ping(): Promise<void> {
    return this.question(this.pings, 'Ping');
  }

  /** Resolves when the connection is closed, at the latest after two seconds. */
  close(reason = ''): Promise<Closed> {
    return this.socket.close(1000, reason);
  }

  /** Is closed at once, for a relay that says nothing any more. @param why ends up in errors */
  abandon(why: string): void {
    this.socket.abandon(why);
  }

  /** The signature's own failure is the registration's. */
  private async prove(nonce: Uint8Array): Promise<void> {
    const { claim, url } = this.options;
    if (claim === undefined) return;
    try {
      const signature = await claim.sign(proofStatement(this.hardwareId, hostOf(url), nonce, claim));
      this.socket.write('Prove', { signature: base64OfBytes(signature) });
    } catch (error) {
      this.registrations.refuseOldest(error as Error);
    }
  }

  private handle(incoming: Incoming): void {
    switch (incoming.type) {
      case 'registered':
        this.registrations.answerOldest(incoming.registration);
        return;
      case 'challenged':
        void this.prove(incoming.nonce); // never rejects
        return;
      case 'contacts':
        this.contacts.answerOldest(incoming.contacts);
        return;
      case 'accepted':
        this.sends.answer(incoming.accepted.messageId, incoming.accepted);
        return;
      case 'error':
        this.handleError(incoming.error);
        return;
      case 'pong':
        this.pings.answerOldest();
        return;
      case 'message':
        this.arrivals.enqueue({ message: incoming.message });
        return;
      case 'rotation':
        this.arrivals.enqueue({ announce: () => this.listeners.emit(incoming.peer.name, incoming.peer.event) });
        return;
      case 'auth':
        this.listeners.emit(incoming.peer.name, incoming.peer.event);
        return;
      case 'unreadable':
        // A later relay may say what this version does not know; older devices must live on.
        return;
      default:
        incoming satisfies never;
    }
  }

  private handleError(error: RelayError): void {
    const answered =
      error.messageId === undefined ? this.refuseUnnamed(error) : this.sends.refuse(error.messageId, error);
    if (!answered) this.listeners.emit('refused', error);
  }

  /**
   * An older relay never says which message an Error is about: it is taken for the oldest. One that tells its limits names
   * the refused message, so what it does not name is about something else.
   */
  private refuseUnnamed(error: RelayError): boolean {
    if (this.lastRegistration === undefined) return this.registrations.refuseOldest(error);
    if (this.refuseContacts(error)) return true;
    const namesMessages = this.lastRegistration.limits !== undefined;
    return !namesMessages && error.code !== 202 && this.sends.refuseOldest(error);
  }

  /** True when it is about contacts for sure; what may as well be about a message to a peer is told by both ways. */
  private refuseContacts(error: RelayError): boolean {
    switch (error.code) {
      case 401:
      case 403:
      case 413:
        return this.contacts.refuseOldest(error);
      case 400:
      case 429:
      case 503:
        this.contacts.refuseOldest(error);
        return false;
      default:
        return false;
    }
  }

  private end(error: RelayError): void {
    this.arrivals.end();
    this.registrations.refuseAll(error);
    this.sends.refuseAll(error);
    this.contacts.refuseAll(error);
    this.pings.refuseAll(error);
  }

  private async question<Answer>(questions: Unanswered<Answer>, type: string, payload?: Payload): Promise<Answer> {
    this.questionCount += 1;
    const key = `${this.questionCount}`;
    const answer = questions.ask(key, type);
    try {
      this.socket.write(type, payload);
    } catch (error) {
      questions.refuse(key, error as RelayError);
    }
    return answer;
  }

  private toPeer(type: string, recipientId: string, bytes: PeerBytes, extra?: Payload): void {
    const { payload, chargedBytes } = peerPayload({ hardwareId: this.hardwareId, recipientId, bytes, extra });
    this.request(type, payload, chargedBytes);
  }

  private request(type: string, payload: Payload, chargedBytes: number): void {
    this.socket.write(type, payload);
    this.listeners.emit('requested', { points: pointsOf(chargedBytes) });
  }
}
