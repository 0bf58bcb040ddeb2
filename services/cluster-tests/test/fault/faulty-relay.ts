import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  Absences,
  type Encoding,
  type Frame,
  kindOf,
  type Message,
  readFrame,
  subprotocols,
  writeFrame,
} from '../../src/fleet';
import { type Envelope, envelopeOf, isAlive, withDataFor, withText } from './faulty-envelope';
import { type Misdeed, suits } from './misdeed';

type FaultyRelayOptions = {
  readonly misdeed: Misdeed | 'none';
  /** Done so often, and never again. */
  readonly times: number;
};

type Visitor = {
  readonly socket: WebSocket;
  readonly encoding: Encoding;
  readonly delivered: Set<string>;
  device: string;
};

const packed = subprotocols.msgpack[0]!;

const messagesBetweenMisdeeds = 100;
/** More than the judge forgives beside what the machine held this process up. */
const lateByMs = 2000;
const lookEveryMs = 100;

/**
 * A relay in memory that keeps the promises of RESPONSES.md but for one message in a hundred, and says which. It is exact about
 * those that it repeats, swaps or delays while no device leaves.
 */
export class FaultyRelay {
  /** The ids of the messages that it treated badly. */
  readonly confessed: string[] = [];
  private readonly queues = new Map<string, Map<string, Envelope>>();
  /** Of each device that is there: oldest first. */
  private readonly visitors = new Map<string, Visitor>();
  private readonly expiries = new Map<string, number>();
  /** What waits behind a message that is held back, by sender and recipient. */
  private readonly held = new Map<string, Envelope[]>();
  private readonly absences = new Absences(Date.now);
  private isStopped = false;
  private sinceMisdeed = 0;
  private begun = 0;

  private constructor(
    private readonly server: WebSocketServer,
    private readonly options: FaultyRelayOptions,
  ) {
    server.on('connection', (socket) => {
      const encoding = socket.protocol === packed ? 'msgpack' : 'json';
      const visitor: Visitor = { socket, encoding, delivered: new Set(), device: '' };
      socket.on('message', (data: Buffer, isBinary) => this.handle(visitor, readFrame(encoding, data, isBinary)));
      socket.on('close', () => this.leave(visitor));
      socket.on('error', () => socket.terminate());
    });
  }

  static async start(options: FaultyRelayOptions): Promise<FaultyRelay> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: (offered) => (offered.has(packed) ? packed : false),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return new FaultyRelay(server, options);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/relay`;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.absences.stop();
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(visitor: Visitor, { type, payload }: Frame): void {
    switch (type) {
      case 'Register':
        visitor.device = String(payload.hardware_id);
        this.register(visitor);
        return;
      case 'Status':
        if (payload.status === 'Offline') this.leave(visitor);
        else this.comeOnline(visitor);
        return;
      case 'Ack':
        this.queues.get(visitor.device)?.delete(String(payload.message_id));
        return;
      default:
        this.accept(visitor, envelopeOf(type as Message['type'], payload));
    }
  }

  private leave(visitor: Visitor): void {
    if (this.visitors.get(visitor.device) === visitor) this.visitors.delete(visitor.device);
  }

  private register(visitor: Visitor): void {
    this.visitors.get(visitor.device)?.socket.close(4001);
    const waiting = [...this.queueOf(visitor.device).values()].filter(isAlive);
    write(visitor, 'RegisterResponse', { hardware_id: visitor.device, limits: { queued: waiting.length } });
    this.comeOnline(visitor);
  }

  private comeOnline(visitor: Visitor): void {
    this.visitors.set(visitor.device, visitor);
    for (const envelope of this.queueOf(visitor.device).values()) {
      if (isAlive(envelope) && !visitor.delivered.has(envelope.id)) this.deliver(envelope);
    }
  }

  private accept(visitor: Visitor, envelope: Envelope): void {
    this.sinceMisdeed += 1;
    const isThere = this.visitors.has(envelope.recipient);
    switch (kindOf(envelope)) {
      case 'stored':
        this.store(visitor, envelope, isThere ? 'delivered' : 'queued');
        break;
      case 'live':
        if (isThere) this.ackLive(visitor, envelope);
        else write(visitor, 'Error', { code: 404, message: 'absent', message_id: envelope.id });
        break;
      case 'auth':
        if (isThere) this.mistreatOr(envelope, () => this.deliver(envelope));
        else write(visitor, 'Error', { code: 404, message: 'absent' });
        break;
      case 'rotation':
        if (!isThere) write(visitor, 'Error', { code: 202, message: 'queued' });
        this.keep(envelope);
    }
    if (this.options.misdeed === 'close' && this.isTime()) this.sendAway();
  }

  private store(visitor: Visitor, envelope: Envelope, status: string): void {
    const { id } = envelope;
    const expiresAtMs = this.expiries.get(id) ?? envelope.expiresAtMs;
    write(visitor, 'Ack', { message_id: id, status, expires_at: expiresAtMs });
    if (this.expiries.has(id)) return; // sent again
    this.expiries.set(id, expiresAtMs);
    this.keep(envelope);
  }

  private ackLive(visitor: Visitor, envelope: Envelope): void {
    const { id } = envelope;
    write(visitor, 'Ack', { message_id: id, status: 'delivered' });
    if (this.expiries.has(id)) return; // sent again
    this.expiries.set(id, 0);
    this.mistreatOr(envelope, () => this.passOn(envelope));
  }

  /** The one that was there longest, so that each was away long enough when its turn comes again. */
  private sendAway(): void {
    const [visitor] = this.visitors.values();
    if (visitor === undefined) return;
    this.begin();
    this.leave(visitor);
    visitor.socket.close(4001);
    this.confessed.push(visitor.device.slice(0, 8));
  }

  private keep(envelope: Envelope): void {
    const isDropped = this.options.misdeed === 'drop' && this.isVictim(envelope);
    if (!isDropped) this.queueOf(envelope.recipient).set(envelope.id, envelope);
    this.mistreatOr(envelope, () => this.passOn(envelope));
  }

  private mistreatOr(envelope: Envelope, treat: () => void): void {
    if (this.isVictim(envelope)) this.mistreat(envelope);
    else treat();
  }

  private isVictim(envelope: Envelope): boolean {
    const { misdeed } = this.options;
    const isReachable = misdeed === 'drop' || this.visitors.has(envelope.recipient);
    const isFree = !this.held.has(envelope.pair);
    return (
      this.isTime() &&
      isReachable &&
      isFree &&
      suits(misdeed, envelope, this.visitors.get(envelope.recipient)?.encoding)
    );
  }

  private isTime(): boolean {
    return this.begun < this.options.times && this.sinceMisdeed >= messagesBetweenMisdeeds;
  }

  private begin(): void {
    this.begun += 1;
    this.sinceMisdeed = 0;
  }

  private mistreat(envelope: Envelope): void {
    this.begin();
    switch (this.options.misdeed) {
      case 'drop':
      case 'drop live':
        this.confessed.push(envelope.id);
        return;
      case 'repeat':
      case 'repeat auth':
        this.deliver(envelope);
        this.deliver(envelope);
        this.confessed.push(envelope.id);
        return;
      case 'corrupt':
        this.deliver(envelope, 'as text');
        this.confessed.push(envelope.id);
        return;
      case 'swap':
      case 'swap rotation':
        this.held.set(envelope.pair, [envelope]);
        return;
      case 'delay':
        this.held.set(envelope.pair, [envelope]);
        setTimeout(() => this.releaseLate(envelope), envelope.expiresAtMs + lateByMs - Date.now());
    }
  }

  /** The judge, in the same process, forgives the time in which it could not look: so much longer it is held back. */
  private releaseLate(envelope: Envelope): void {
    const nowMs = Date.now();
    const lateMs = nowMs - envelope.expiresAtMs - this.absences.within(envelope.expiresAtMs, nowMs);
    if (lateMs >= lateByMs) this.release(envelope);
    else if (!this.isStopped) setTimeout(() => this.releaseLate(envelope), lookEveryMs);
  }

  /** What comes behind a message that is held back overtakes it where that is the misdeed, and waits where it is not. */
  private passOn(envelope: Envelope): void {
    const held = this.held.get(envelope.pair);
    if (held !== undefined && this.options.misdeed === 'delay') {
      held.push(envelope);
      return;
    }
    this.deliver(envelope);
    // Of what is live only nobody could be certain that it came too early.
    if (held !== undefined && kindOf(envelope) !== 'live') this.release(held[0]!);
  }

  private release(victim: Envelope): void {
    const [, ...followers] = this.held.get(victim.pair) ?? [];
    this.held.delete(victim.pair);
    this.deliver(victim);
    this.confessed.push(victim.id);
    for (const envelope of followers.filter(isAlive)) this.deliver(envelope);
  }

  private deliver({ id, type, sender, recipient, payload }: Envelope, data: 'as due' | 'as text' = 'as due'): void {
    const visitor = this.visitors.get(recipient);
    if (visitor === undefined) return;
    visitor.delivered.add(id);
    if (type.startsWith('Auth')) write(visitor, type, { ...payload, recipient_id: sender, device_id: sender });
    else if (type !== 'Send') write(visitor, type, payload);
    else write(visitor, 'Receive', data === 'as text' ? withText(payload) : withDataFor(visitor.encoding, payload));
  }

  private queueOf(device: string): Map<string, Envelope> {
    const queue = this.queues.get(device) ?? new Map<string, Envelope>();
    this.queues.set(device, queue);
    return queue;
  }
}

function write({ socket, encoding }: Visitor, type: string, payload: object): void {
  socket.send(writeFrame(encoding, type, payload));
}
