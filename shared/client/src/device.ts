import { Connection } from './connection';
import { type DeviceEvents, type Handler, type Handlers, Listeners } from './events';
import { Inbox, type MessageHandler } from './inbox';
import { type Incoming, readIncoming } from './incoming';
import { withKeyId } from './key-id';
import { randomMessageId } from './message-id';
import type {
  Accepted,
  AuthRequest,
  AuthResponse,
  AuthSuccess,
  AuthVerify,
  KeyRotationAck,
  KeyRotationUpdate,
  OutgoingMessage,
  Presence,
  Registration,
  To,
} from './messages';
import type { RelayError } from './relay-error';
import { Unanswered } from './unanswered';
import { type Closed, platformWebSocket, type WebSocketConstructor } from './web-socket';

export type DeviceOptions = {
  /** `ws://host:port/relay` or `wss://…` */
  readonly url: string;
  /** A SHA-256 or MD5 hash in hex digits. */
  readonly hardwareId: string;
  /** Handlers that are there from the first frame on; `on` adds others later. */
  readonly handlers?: Handlers;
  /** Default true: a message leaves the relay's queue when its handler has resolved, and not because time went by. */
  readonly acks?: boolean;
  /** For the registration and for each answer of the relay; default 10 s. */
  readonly timeoutMs?: number;
  /** Default: the platform's own. */
  readonly WebSocket?: WebSocketConstructor;
  /** Unix ms; default Date.now. */
  readonly now?: () => number;
  /** A new UUID each time; default from the platform's randomness. */
  readonly newMessageId?: () => string;
};

const defaultTimeoutMs = 10_000;
/** The relay's own default cap. */
const defaultTtlSeconds = 7 * 24 * 60 * 60;

/** One registered connection. It does not come back by itself: connect again after `closed`, with a pause of your choice. */
export class Device {
  readonly hardwareId: string;
  readonly closed: Promise<Closed>;
  private readonly connection: Connection;
  private readonly listeners: Listeners;
  private readonly inbox: Inbox;
  private readonly registrations: Unanswered<Registration>;
  private readonly sends: Unanswered<Accepted>;
  private readonly pings: Unanswered<void>;
  private readonly now: () => number;
  private readonly newMessageId: () => string;
  private lastRegistration: Registration | undefined;
  private pingCount = 0;

  private constructor(options: DeviceOptions) {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.hardwareId = options.hardwareId;
    this.now = options.now ?? Date.now;
    this.newMessageId = options.newMessageId ?? randomMessageId;
    this.listeners = new Listeners(options.handlers ?? {});
    this.registrations = new Unanswered(timeoutMs);
    this.sends = new Unanswered(timeoutMs);
    this.pings = new Unanswered(timeoutMs);
    this.inbox = new Inbox({
      handled: (message) => this.write('Ack', { message_id: message.messageId }),
      failed: (error) => this.listeners.emit('handlerFailed', error),
      overflowed: () => void this.close('too many messages wait for a handler'),
    });
    const Socket = options.WebSocket ?? platformWebSocket();
    this.connection = new Connection(Socket, options.url, {
      opened: () => this.write('Register', { hardware_id: this.hardwareId, acks: options.acks ?? true }),
      frame: (data) => this.handle(readIncoming(data)),
      closed: (error) => this.refuseAll(error),
    });
    this.closed = this.connection.closed;
  }

  /** Opens and registers. Rejects with a RelayError: the relay's refusal, `timeout`, or `closed`. */
  static async connect(options: DeviceOptions): Promise<Device> {
    const device = new Device(options);
    try {
      device.lastRegistration = await device.registrations.ask('', 'The registration');
      return device;
    } catch (error) {
      void device.close('not registered');
      throw error;
    }
  }

  /** What the relay answered to the registration. */
  get registration(): Registration {
    return this.lastRegistration!;
  }

  /** Resolves when the relay keeps the message (or, with ttlSeconds 0, handed it on). Rejects with a RelayError. */
  async send(message: OutgoingMessage): Promise<Accepted> {
    const messageId = message.messageId ?? this.newMessageId();
    const accepted = this.sends.ask(messageId, `Message ${messageId}`);
    try {
      this.write('Send', this.sendPayload(message, messageId));
    } catch (error) {
      this.sends.refuse(messageId, error as RelayError);
    }
    return accepted;
  }

  /** The one handler of messages: called one at a time, in order; each is acked when what it returns has resolved. */
  onReceive(handler: MessageHandler): void {
    this.inbox.setHandler(handler);
  }

  /** Returns what takes the handler away again. */
  on<Name extends keyof DeviceEvents>(name: Name, handler: Handler<Name>): () => void {
    return this.listeners.add(name, handler);
  }

  /** The messages of pairing go to a connected device or nowhere: the relay answers only a refusal (event `refused`). */
  sendAuthRequest({ recipientId, publicKey, challenge }: To<AuthRequest>): void {
    this.writeTo('AuthRequest', recipientId, { public_key: publicKey, challenge });
  }

  sendAuthResponse({ recipientId, challengeResponse, challenge }: To<AuthResponse>): void {
    this.writeTo('AuthResponse', recipientId, { challenge_response: challengeResponse, challenge });
  }

  sendAuthVerify({ recipientId, challengeResponse }: To<AuthVerify>): void {
    this.writeTo('AuthVerify', recipientId, { challenge_response: challengeResponse });
  }

  sendAuthSuccess({ recipientId, trusted }: To<AuthSuccess>): void {
    this.writeTo('AuthSuccess', recipientId, { trusted });
  }

  /** Kept five minutes for a device that is away, which the event `refused` tells with code 202. */
  sendKeyRotationUpdate({ recipientId, encryptedKeyPackage, keyId }: To<KeyRotationUpdate>): void {
    this.writeRotation('KeyRotationUpdate', recipientId, keyId, { encrypted_key_package: encryptedKeyPackage });
  }

  sendKeyRotationAck({ recipientId, keyId, success }: To<KeyRotationAck>): void {
    this.writeRotation('KeyRotationAck', recipientId, keyId, { success });
  }

  /** `Offline` lets messages queue while the connection stays open. The relay does not answer it. */
  setStatus(status: Presence): void {
    this.write('Status', { hardware_id: this.hardwareId, status });
  }

  async ping(): Promise<void> {
    this.pingCount += 1;
    const pong = this.pings.ask(`${this.pingCount}`, 'Ping');
    try {
      this.connection.write('Ping');
    } catch (error) {
      this.pings.refuse(`${this.pingCount}`, error as RelayError);
    }
    return pong;
  }

  /** Resolves when the connection is closed, at the latest after two seconds. */
  close(reason = ''): Promise<Closed> {
    return this.connection.close(1000, reason);
  }

  private handle(incoming: Incoming): void {
    switch (incoming.type) {
      case 'registered':
        this.registrations.answerOldest(incoming.registration);
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
        this.inbox.enqueue({ message: incoming.message });
        return;
      case 'rotation':
        this.inbox.enqueue({ announce: () => this.listeners.emit(incoming.peer.name, incoming.peer.event) });
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
    const namesMessages = this.lastRegistration.limits !== undefined;
    return !namesMessages && error.code !== 202 && this.sends.refuseOldest(error);
  }

  private refuseAll(error: RelayError): void {
    this.registrations.refuseAll(error);
    this.sends.refuseAll(error);
    this.pings.refuseAll(error);
  }

  private sendPayload(message: OutgoingMessage, messageId: string): object {
    return {
      recipient_id: message.recipientId,
      sender_id: this.hardwareId,
      encrypted_data: message.encryptedData,
      message_id: messageId,
      timestamp: Math.floor(this.now() / 1000),
      ttl: message.ttlSeconds ?? defaultTtlSeconds,
      signature: message.signature,
      hardware_id: this.hardwareId,
      content_type: message.contentType ?? 'Other',
      size_bytes: new TextEncoder().encode(message.encryptedData).length,
    };
  }

  private write(type: string, payload: object): void {
    this.connection.write(type, JSON.stringify(payload));
  }

  private writeTo(type: string, recipientId: string, fields: object): void {
    this.write(type, { recipient_id: recipientId, ...fields, hardware_id: this.hardwareId });
  }

  private writeRotation(type: string, recipientId: string, keyId: bigint, fields: object): void {
    const payload = { recipient_id: recipientId, ...fields, hardware_id: this.hardwareId };
    this.connection.write(type, withKeyId(JSON.stringify(payload), keyId));
  }
}
