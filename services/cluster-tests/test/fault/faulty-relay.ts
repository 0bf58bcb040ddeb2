import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Acked and not kept; delivered twice at once; delivered after the next one of the same two devices; delivered after expiry. */
export type Misdeed = 'drop' | 'repeat' | 'swap' | 'delay';

interface FaultyRelayOptions {
  readonly misdeed: Misdeed | 'none';
  /** Done so often, and never again. */
  readonly times: number;
}

interface Frame {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface Envelope {
  readonly id: string;
  readonly pair: string;
  readonly recipient: string;
  readonly ttlSeconds: number;
  readonly expiresAtMs: number;
  readonly text: string;
}

const messagesBetweenMisdeeds = 100;
/** More than the judge forgives. */
const lateByMs = 1500;

/**
 * A relay in memory that keeps the promises of RESPONSES.md but for one message in a hundred, and says which. It is exact about
 * those that it repeats, swaps or delays while no device leaves.
 */
export class FaultyRelay {
  /** The ids of the messages that it treated badly. */
  readonly confessed: string[] = [];
  readonly #queues = new Map<string, Map<string, Envelope>>();
  readonly #sockets = new Map<string, WebSocket>();
  readonly #expiries = new Map<string, number>();
  /** What waits behind a message that is held back, by sender and recipient. */
  readonly #held = new Map<string, Envelope[]>();
  #sinceMisdeed = 0;
  #begun = 0;

  private constructor(
    private readonly server: WebSocketServer,
    private readonly options: FaultyRelayOptions,
  ) {
    server.on('connection', (socket) => {
      let device = '';
      socket.on('message', (data: Buffer) => {
        device = this.#take(socket, device, JSON.parse(data.toString()) as Frame);
      });
      socket.on('close', () => this.#sockets.get(device) === socket && this.#sockets.delete(device));
      socket.on('error', () => socket.terminate());
    });
  }

  static async start(options: FaultyRelayOptions): Promise<FaultyRelay> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new FaultyRelay(server, options);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/relay`;
  }

  async stop(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Answers whose connection it is from now on. */
  #take(socket: WebSocket, device: string, { type, payload }: Frame): string {
    switch (type) {
      case 'Register':
        this.#register(socket, String(payload.hardware_id));
        return String(payload.hardware_id);
      case 'Send':
        this.#accept(socket, payload);
        return device;
      case 'Ack':
        this.#queues.get(device)?.delete(String(payload.message_id));
        return device;
      default:
        throw new Error(`A fleet does not send a frame of the type "${type}".`);
    }
  }

  #register(socket: WebSocket, device: string): void {
    this.#sockets.get(device)?.close(4001);
    this.#sockets.set(device, socket);
    const waiting = [...this.#queueOf(device).values()].filter(isAlive);
    write(socket, 'RegisterResponse', { hardware_id: device, limits: { queued: waiting.length } });
    for (const envelope of waiting) this.#hand(envelope);
  }

  #accept(socket: WebSocket, payload: Frame['payload']): void {
    const id = String(payload.message_id);
    const expiresAtMs = this.#expiries.get(id) ?? Date.now() + Number(payload.ttl) * 1000;
    const status = this.#sockets.has(String(payload.recipient_id)) ? 'delivered' : 'queued';
    write(socket, 'Ack', { message_id: id, status, expires_at: expiresAtMs });
    if (this.#expiries.has(id)) return; // sent again
    this.#expiries.set(id, expiresAtMs);
    this.#keep({
      id,
      pair: `${String(payload.sender_id)} ${String(payload.recipient_id)}`,
      recipient: String(payload.recipient_id),
      ttlSeconds: Number(payload.ttl),
      expiresAtMs,
      text: JSON.stringify({ type: 'Receive', payload }),
    });
  }

  #keep(envelope: Envelope): void {
    const { misdeed } = this.options;
    this.#sinceMisdeed += 1;
    const isVictim = this.#isTime() && !this.#held.has(envelope.pair) && suits(misdeed, envelope);
    if (isVictim && misdeed === 'drop') this.#drop(envelope);
    else {
      this.#queueOf(envelope.recipient).set(envelope.id, envelope);
      if (isVictim && this.#sockets.has(envelope.recipient)) this.#mistreat(envelope);
      else this.#passOn(envelope);
    }
  }

  #isTime(): boolean {
    return this.#begun < this.options.times && this.#sinceMisdeed >= messagesBetweenMisdeeds;
  }

  #begin(): void {
    this.#begun += 1;
    this.#sinceMisdeed = 0;
  }

  #drop({ id }: Envelope): void {
    this.#begin();
    this.confessed.push(id);
  }

  #mistreat(envelope: Envelope): void {
    this.#begin();
    switch (this.options.misdeed) {
      case 'repeat':
        this.#hand(envelope);
        this.#hand(envelope);
        this.confessed.push(envelope.id);
        return;
      case 'swap':
        this.#held.set(envelope.pair, [envelope]);
        return;
      case 'delay':
        this.#held.set(envelope.pair, [envelope]);
        setTimeout(() => this.#release(envelope), envelope.expiresAtMs + lateByMs - Date.now());
    }
  }

  /** What comes behind a message that is held back overtakes it where that is the misdeed, and waits where it is not. */
  #passOn(envelope: Envelope): void {
    const held = this.#held.get(envelope.pair);
    if (held !== undefined && this.options.misdeed === 'delay') {
      held.push(envelope);
      return;
    }
    this.#hand(envelope);
    if (held !== undefined) this.#release(held[0]!);
  }

  #release(victim: Envelope): void {
    const [, ...followers] = this.#held.get(victim.pair) ?? [];
    this.#held.delete(victim.pair);
    this.#hand(victim);
    this.confessed.push(victim.id);
    for (const envelope of followers.filter(isAlive)) this.#hand(envelope);
  }

  #hand({ recipient, text }: Envelope): void {
    this.#sockets.get(recipient)?.send(text);
  }

  #queueOf(device: string): Map<string, Envelope> {
    const queue = this.#queues.get(device) ?? new Map<string, Envelope>();
    this.#queues.set(device, queue);
    return queue;
  }
}

/** Only what does not live long can be late before the test ends; what is lost, on the other hand, must not expire by then. */
function suits(misdeed: Misdeed | 'none', { ttlSeconds }: Envelope): boolean {
  if (misdeed === 'none') return false;
  return misdeed === 'delay' ? ttlSeconds === 1 : ttlSeconds > 60;
}

function isAlive({ expiresAtMs }: Envelope): boolean {
  return expiresAtMs > Date.now();
}

function write(socket: WebSocket, type: string, payload: object): void {
  socket.send(JSON.stringify({ type, payload }));
}
