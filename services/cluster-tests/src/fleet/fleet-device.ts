import { setTimeout as pause } from 'node:timers/promises';
import type { Books, FleetConnection, Message } from './books';
import { DeviceSocket, type Frame } from './device-socket';
import { contentOf, payloadOf } from './message-payload';
import type { Range, SeededRandom } from './seeded-random';

export interface DeviceHabits {
  /** How long it stays away after its connection closed. */
  readonly pauseMs: Range;
  /** How long it keeps a message before it acks it. */
  readonly ackAfterMs: Range;
  /** Messages that may wait for their answer at once. */
  readonly window: number;
  readonly handshakeTimeoutMs: number;
  readonly heartbeatMs: number;
}

export interface DeviceParts {
  readonly books: Books;
  readonly random: SeededRandom;
  /** Where it may connect: another one each time. */
  readonly edges: readonly string[];
  readonly habits: DeviceHabits;
}

const registerAgainMs: Range = [50, 200];

/** A device that comes back by itself, sends what went unanswered again, acks what it receives, and keeps the books. */
export class FleetDevice {
  readonly #unanswered = new Map<string, Message>();
  #state: 'running' | 'stopped' = 'running';
  #visits: number;
  #socket: DeviceSocket | undefined;
  #connection: FleetConnection | undefined;
  #acksToCome = 0;
  readonly #ended: Promise<void>;

  constructor(
    readonly id: string,
    private readonly parts: DeviceParts,
  ) {
    this.#visits = parts.random.whole([0, parts.edges.length - 1]);
    this.#ended = this.#live();
  }

  /** Its open connection, once that is registered. */
  get connection(): FleetConnection | undefined {
    return this.#connection?.registered === undefined ? undefined : this.#connection;
  }

  get canSend(): boolean {
    return this.connection !== undefined && this.#unanswered.size < this.parts.habits.window;
  }

  /** Nothing it said waits for an answer, and it owes no ack. */
  get isAtRest(): boolean {
    return this.connection !== undefined && this.#unanswered.size === 0 && this.#acksToCome === 0;
  }

  send(message: Message): void {
    this.#unanswered.set(message.id, message);
    this.#write(message);
  }

  /** Reads nothing on its present connection; a heartbeat that is due meanwhile finds no answer and cuts it. */
  freeze(): void {
    this.#socket?.pause();
  }

  thaw(): void {
    this.#socket?.resume();
  }

  /** Comes back to another edge after its pause. */
  leave(manner: 'politely' | 'cut'): void {
    if (manner === 'politely') this.#socket?.close();
    else this.#socket?.cut();
  }

  /** Resolves when its connection is closed; it will not come back. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.leave('politely');
    await this.#ended;
  }

  async #live(): Promise<void> {
    const { random, edges, habits } = this.parts;
    while (this.#state === 'running') {
      this.#visits += 1;
      await this.#visit(edges[this.#visits % edges.length]!);
      if (this.#state === 'running') await pause(random.whole(habits.pauseMs));
    }
  }

  /** One connection, from beginning to end; none when the edge does not take it. */
  async #visit(edge: string): Promise<void> {
    const { books, habits } = this.parts;
    const connection = books.opened(this.id, edge);
    const options = { ...habits, onFrame: (frame: Frame) => this.#take(connection, frame) };
    const socket = await DeviceSocket.open(edge, options).catch(() => undefined);
    if (socket !== undefined) {
      this.#socket = socket;
      this.#connection = connection;
      this.#register();
      if (this.#state === 'stopped') socket.close();
    }
    books.closed(connection, (await socket?.closed) ?? 1006);
    this.#socket = undefined;
    this.#connection = undefined;
    this.#acksToCome = 0;
  }

  #register(): void {
    this.#socket?.send('Register', { hardware_id: this.id, acks: true });
  }

  #take(connection: FleetConnection, { type, payload }: Frame): void {
    switch (type) {
      case 'RegisterResponse':
        this.#takeRegistration(connection, payload);
        return;
      case 'Receive':
        this.#takeMessage(connection, payload);
        return;
      case 'Ack':
        this.#unanswered.delete(String(payload.message_id));
        this.parts.books.acceptedBy(connection, String(payload.message_id), Number(payload.expires_at));
        return;
      case 'Error':
        this.#takeRefusal(connection, payload);
        return;
      default:
        this.parts.books.surprise(connection, `a frame of the type "${type}"`);
    }
  }

  #takeRegistration(connection: FleetConnection, payload: Frame['payload']): void {
    const limits = payload.limits as { queued?: number } | undefined;
    this.parts.books.registered(connection, limits?.queued ?? 0);
    for (const message of this.#unanswered.values()) this.#write(message);
  }

  #takeMessage(connection: FleetConnection, payload: Frame['payload']): void {
    const { books, random, habits } = this.parts;
    const messageId = String(payload.message_id);
    const sent = books.messages.get(messageId);
    books.received(connection, messageId, sent === undefined ? 'damaged' : contentOf(payload, sent));
    this.#acksToCome += 1;
    // A pause of 0 is none: not even a turn of the event loop.
    const afterMs = random.whole(habits.ackAfterMs);
    if (afterMs === 0) this.#ack(connection, messageId);
    else setTimeout(() => this.#ack(connection, messageId), afterMs);
  }

  /** Counts on the connection that the message came on, and there alone. */
  #ack(connection: FleetConnection, messageId: string): void {
    if (this.#connection !== connection) return;
    this.#acksToCome -= 1;
    this.#socket?.send('Ack', { message_id: messageId });
  }

  #takeRefusal(connection: FleetConnection, { code, message_id: messageId, message }: Frame['payload']): void {
    const { books, random } = this.parts;
    if (typeof messageId === 'string') {
      this.#unanswered.delete(messageId);
      books.refusedBy(connection, messageId, Number(code));
    } else if (connection.registered === undefined && code === 503) {
      setTimeout(() => this.#connection === connection && this.#register(), random.whole(registerAgainMs));
    } else {
      books.surprise(connection, `the error ${String(code)}: ${String(message)}`);
    }
  }

  #write(message: Message): void {
    const { books } = this.parts;
    if (this.#connection === undefined) return;
    books.sent(this.#connection, message);
    this.#socket?.send('Send', payloadOf(message, this.#connection.opened.atMs));
  }
}
