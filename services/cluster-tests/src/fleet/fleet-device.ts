import { setTimeout as pause } from 'node:timers/promises';
import type { Books, FleetConnection } from './books';
import { DeviceSocket } from './device-socket';
import type { ShownKey } from './fleet-key';
import type { Encoding, Frame } from './frame-codec';
import { contactFields, type Identity } from './identity';
import { isAnswered, type Message } from './message';
import { contentOf, messageIn, payloadOf } from './message-payload';
import type { Range, SeededRandom } from './seeded-random';

export type DeviceHabits = {
  /** How long it stays away after its connection closed. */
  readonly pauseMs: Range;
  /** How long it keeps a message before it acks it. */
  readonly ackAfterMs: Range;
  /** How long it stays `Offline` on its open connection. */
  readonly offlineMs: Range;
  /** Messages that may wait for their answer at once. */
  readonly window: number;
  readonly handshakeTimeoutMs: number;
  readonly heartbeatMs: number;
};

export type DeviceParts = {
  readonly encoding: Encoding;
  readonly books: Books;
  readonly identity: Identity;
  readonly random: SeededRandom;
  /** Where it may connect: another one each time. */
  readonly edges: readonly string[];
  readonly habits: DeviceHabits;
};

/** A connection that is not registered may send 16 frames a minute, and has ten seconds. */
const askAgainMs: Range = [700, 1200];
/** How many registrations a key is good for, on the average. */
const renewOneIn = 6;
const keyKinds = ['Ed25519', 'P-256'] as const;

/** A device that comes back by itself, sends what went unanswered again, acks what it receives, and keeps the books. */
export class FleetDevice {
  private readonly unanswered = new Map<string, Message>();
  private state: 'running' | 'stopped' = 'running';
  /** Of its connection: what it said last. */
  private presence: 'Online' | 'Away' | 'Offline' = 'Online';
  private visits: number;
  private socket: DeviceSocket | undefined;
  private current: FleetConnection | undefined;
  private acksToCome = 0;
  /** The key that it showed last. */
  private shown: ShownKey | undefined;
  /** Of its connection: whether the relay said whom it takes messages from, if that is not anybody. */
  private contacts: 'unsaid' | 'said' = 'unsaid';
  /** One at a time: each refusal of a refused question would make one more. */
  private retry: NodeJS.Timeout | undefined;
  private readonly ended: Promise<void>;

  constructor(
    readonly id: string,
    private readonly parts: DeviceParts,
  ) {
    this.visits = parts.random.whole([0, parts.edges.length - 1]);
    this.ended = this.live();
  }

  /** Its open connection, once that is registered. */
  get connection(): FleetConnection | undefined {
    return this.current?.registered === undefined ? undefined : this.current;
  }

  /** Registered, and not `Offline`. */
  get isPresent(): boolean {
    return this.connection !== undefined && this.presence !== 'Offline';
  }

  get canSend(): boolean {
    return this.isPresent && this.unanswered.size < this.parts.habits.window;
  }

  /** Nothing it said waits for an answer, and it owes no ack. */
  get isAtRest(): boolean {
    return this.isPresent && this.unanswered.size === 0 && this.acksToCome === 0;
  }

  /** What gets no answer is not sent again. */
  send(message: Message): void {
    if (isAnswered(message)) this.unanswered.set(message.id, message);
    this.write(message);
  }

  /** Says that it is `Offline`, and after a while, on the same connection, that it is there again. */
  rest(): void {
    const connection = this.connection;
    if (connection === undefined || !this.isPresent) return;
    this.say('Offline');
    const { random, habits } = this.parts;
    const back = random.pick(['Online', 'Away'] as const);
    setTimeout(() => this.current === connection && this.say(back), random.whole(habits.offlineMs));
  }

  private say(presence: 'Online' | 'Away' | 'Offline'): void {
    this.presence = presence;
    if (this.current !== undefined && presence !== 'Offline') this.parts.books.asked(this.current, 'attempt');
    this.socket?.send('Status', { hardware_id: this.id, status: presence });
  }

  /** Reads nothing on its present connection; a heartbeat that is due meanwhile finds no answer and cuts it. */
  freeze(): void {
    this.socket?.pause();
  }

  thaw(): void {
    this.socket?.resume();
  }

  /** Comes back to another edge after its pause. */
  leave(manner: 'politely' | 'cut'): void {
    if (manner === 'politely') this.socket?.close();
    else this.socket?.cut();
  }

  /** Resolves when its connection is closed; it will not come back. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    this.leave('politely');
    await this.ended;
  }

  private async live(): Promise<void> {
    const { random, edges, habits } = this.parts;
    while (this.state === 'running') {
      this.visits += 1;
      await this.visit(edges[this.visits % edges.length]!);
      if (this.state === 'running') await pause(random.whole(habits.pauseMs));
    }
  }

  /** One connection, from beginning to end; none when the edge does not take it. */
  private async visit(edge: string): Promise<void> {
    const { books, habits, encoding } = this.parts;
    const connection = books.opened(this.id, edge);
    const options = { ...habits, encoding, onFrame: (frame: Frame) => this.handle(connection, frame) };
    const socket = await DeviceSocket.open(edge, options).catch(() => undefined);
    if (socket !== undefined) {
      this.socket = socket;
      this.current = connection;
      this.presence = 'Online';
      this.contacts = 'unsaid';
      void this.register(connection);
      if (this.state === 'stopped') socket.close();
    }
    books.closed(connection, (await socket?.closed) ?? 1006);
    clearTimeout(this.retry);
    this.retry = undefined;
    this.socket = undefined;
    this.current = undefined;
    this.acksToCome = 0;
  }

  private async register(connection: FleetConnection): Promise<void> {
    const { books, identity } = this.parts;
    const key = await identity.key;
    if (this.current !== connection) return;
    books.asked(connection, 'attempt');
    this.shown = key?.show();
    this.socket?.send('Register', { hardware_id: this.id, acks: true, ...this.shown?.fields });
  }

  private async prove(connection: FleetConnection, nonce: string): Promise<void> {
    const { shown } = this;
    if (shown === undefined) {
      this.parts.books.surprise(connection, 'a Challenge to a device that has shown no key');
      return;
    }
    const signature = await shown.prove(connection.edge, nonce);
    if (this.current === connection && this.shown === shown) this.socket?.send('Prove', { signature });
  }

  private sayContacts(connection: FleetConnection): void {
    const { books, identity, random } = this.parts;
    if (identity.contacts === undefined) return;
    books.asked(connection, 'contacts');
    const manner = random.pick(['whole', 'piecemeal'] as const);
    this.socket?.send('Contacts', contactFields(this.id, identity.contacts, manner));
  }

  private handleContacts(connection: FleetConnection, { accept, listed }: Frame['payload']): void {
    const { books, identity } = this.parts;
    this.contacts = 'said';
    if (accept === 'listed' && identity.contacts?.size === listed) books.listed(connection);
    else books.surprise(connection, `${String(listed)} contacts, and that it accepts "${String(accept)}"`);
  }

  private handle(connection: FleetConnection, frame: Frame): void {
    const { type, payload } = frame;
    switch (type) {
      case 'RegisterResponse':
        this.handleRegistration(connection, payload);
        return;
      case 'Challenge':
        void this.prove(connection, String(payload.nonce));
        return;
      case 'ContactsResponse':
        this.handleContacts(connection, payload);
        return;
      case 'Ack':
        this.unanswered.delete(String(payload.message_id));
        this.parts.books.acceptedBy(connection, String(payload.message_id), Number(payload.expires_at));
        return;
      case 'Error':
        this.handleRefusal(connection, payload);
        return;
      default:
        this.handleMessage(connection, frame);
    }
  }

  private handleRegistration(connection: FleetConnection, payload: Frame['payload']): void {
    const limits = payload.limits as { queued?: number } | undefined;
    const { books, identity, random } = this.parts;
    books.registered(connection, limits?.queued ?? 0);
    if ((payload.claimed === true) !== (this.shown !== undefined)) {
      books.surprise(connection, `a registration that says "claimed: ${String(payload.claimed)}"`);
    }
    if (this.shown !== undefined) {
      void identity.registered(this.shown, random.whole([1, renewOneIn]) === 1 ? random.pick(keyKinds) : undefined);
    }
    this.sayContacts(connection);
    for (const message of this.unanswered.values()) this.write(message);
  }

  private handleMessage(connection: FleetConnection, frame: Frame): void {
    const { books, random, habits, encoding } = this.parts;
    const message = messageIn(frame);
    if (message === undefined) {
      books.surprise(connection, `a frame of the type "${frame.type}"`);
      return;
    }
    const { id: messageId } = message;
    const sent = books.messages.get(messageId);
    books.received(connection, messageId, sent === undefined ? 'damaged' : contentOf(frame, encoding, sent));
    if (message.type !== 'Send') return; // has no id to ack by
    this.acksToCome += 1;
    // A pause of 0 is none: not even a turn of the event loop.
    const afterMs = random.whole(habits.ackAfterMs);
    if (afterMs === 0) this.ack(connection, messageId);
    else setTimeout(() => this.ack(connection, messageId), afterMs);
  }

  /** Counts on the connection that the message came on, and there alone. */
  private ack(connection: FleetConnection, messageId: string): void {
    if (this.current !== connection) return;
    this.acksToCome -= 1;
    this.socket?.send('Ack', { message_id: messageId });
  }

  private handleRefusal(connection: FleetConnection, { code, message_id: messageId, message }: Frame['payload']): void {
    const { books, random } = this.parts;
    if (typeof messageId === 'string') {
      this.unanswered.delete(messageId);
      books.refusedBy(connection, messageId, Number(code));
      return;
    }
    books.refusedUnnamed(connection, Number(code), String(message));
    if (Number(code) !== 503 || this.retry !== undefined) return;
    this.retry = setTimeout(() => this.askAgain(connection), random.whole(askAgainMs));
  }

  /** Which of its requests was refused it does not know: to hold its device is what it cannot do without. */
  private askAgain(connection: FleetConnection): void {
    this.retry = undefined;
    if (this.current !== connection) return;
    if (connection.registered === undefined) {
      void this.register(connection);
      return;
    }
    if (this.presence !== 'Offline') this.say(this.presence);
    if (this.contacts === 'unsaid') this.sayContacts(connection);
  }

  private write(message: Message): void {
    const { books } = this.parts;
    if (this.current === undefined) return;
    books.sent(this.current, message);
    this.socket?.send(message.type, payloadOf(message, this.parts.encoding));
  }
}
