import { randomBytes, randomUUID } from 'node:crypto';
import type { DeviceSigner } from '@openrelay/testing';
import { type Place, type WireOptions, WireSocket } from './wire-socket';

type Payload = Readonly<Record<string, unknown>>;
export type WireFrame = { readonly type: string; readonly payload: Payload };

/** `queued`, `delivered`, the code of a refusal, `closed` (the connection ended first) or `silent` (no answer in time). */
export type Answer = string;

export type Answered = { readonly answer: Answer; readonly payload: Payload };

export type WireDeviceOptions = WireOptions & {
  /** A fresh one when absent. */
  readonly hardwareId?: string;
  /** Proves that the id is its own, where the relay asks for it. */
  readonly key?: DeviceSigner;
  /** Further fields of `Register`. */
  readonly fields?: Payload;
  /** Every `Receive`; acking it is the caller's. */
  readonly onReceive?: (payload: Payload, device: WireDevice) => void;
  /** Every frame that nobody waits for. */
  readonly onFrame?: (frame: WireFrame) => void;
};

const patienceMs = 15_000;

export function freshId(): string {
  return randomBytes(32).toString('hex').toUpperCase();
}

/** A device that speaks JSON over a WireSocket, well or badly. */
export class WireDevice {
  readonly hardwareId: string;
  private readonly waiting = new Map<string, (answered: Answered) => void>();

  private constructor(
    readonly socket: WireSocket,
    private readonly host: string,
    private readonly options: WireDeviceOptions,
  ) {
    this.hardwareId = options.hardwareId ?? freshId();
    socket.onText = (text) => {
      const { type, payload = {} } = JSON.parse(text) as Partial<WireFrame>;
      this.handle({ type: type ?? '', payload });
    };
    void socket.closed.then(() => this.settleAll());
  }

  /** Connected, and not registered. Rejects with UpgradeRefused. */
  static async connect(place: Place, options: WireDeviceOptions = {}): Promise<WireDevice> {
    const socket = await WireSocket.open(place, options);
    return new WireDevice(socket, `${place.host}:${place.port}`, options);
  }

  /** Connected, and registered if the answer is `registered`. Rejects with UpgradeRefused. */
  static async arrive(
    place: Place,
    options: WireDeviceOptions = {},
  ): Promise<{ device: WireDevice; answer: Answer; payload: Payload }> {
    const device = await WireDevice.connect(place, options);
    return { device, ...(await device.register()) };
  }

  /** `registered`, or what else came of it; proves its key when it is asked to. */
  async register(): Promise<Answered> {
    const { key, fields } = this.options;
    const answered = this.expect('register');
    const keyed = key === undefined ? {} : { public_key: key.shown };
    this.say('Register', { hardware_id: this.hardwareId, acks: true, ...keyed, ...fields });
    const first = await answered;
    if (first.answer !== 'challenged' || key === undefined) return first;
    const proven = this.expect('register');
    this.say('Prove', { signature: await key.prove(this.hardwareId, this.host, String(first.payload.nonce)) });
    return proven;
  }

  /** Sends a message, and resolves with what became of it. */
  send(recipientId: string, fields: Payload = {}): Promise<Answered> {
    const payload = this.message(recipientId, fields);
    const answered = this.expect(String(payload.message_id));
    this.say('Send', payload);
    return answered;
  }

  message(recipientId: string, fields: Payload = {}): Payload {
    return {
      recipient_id: recipientId,
      sender_id: this.hardwareId,
      encrypted_data: sealed,
      message_id: randomUUID(),
      timestamp: Math.floor(Date.now() / 1000),
      ttl: 60,
      signature: null,
      hardware_id: this.hardwareId,
      content_type: 'Text',
      size_bytes: 64,
      ...fields,
    };
  }

  /** Asks for what is answered by an error alone, such as an AuthRequest: its code, or `silent` after a while. */
  async errorAfter(type: string, payload: Payload, waitMs: number): Promise<Answer> {
    const answered = this.expect('error', waitMs);
    this.say(type, payload);
    return (await answered).answer;
  }

  ack(messageId: unknown): void {
    this.say('Ack', { message_id: messageId });
  }

  say(type: string, payload?: Payload): boolean {
    return this.socket.text(JSON.stringify(payload === undefined ? { type } : { type, payload }));
  }

  disconnect(): void {
    this.socket.reset();
  }

  private expect(what: string, waitMs = patienceMs): Promise<Answered> {
    if (!this.socket.isOpen) return Promise.resolve({ answer: 'closed', payload: {} });
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(what, { answer: 'silent', payload: {} }), waitMs);
      this.waiting.set(what, (answered) => {
        clearTimeout(timer);
        this.waiting.delete(what);
        resolve(answered);
      });
    });
  }

  private settle(what: string, answered: Answered): boolean {
    const waiter = this.waiting.get(what);
    waiter?.(answered);
    return waiter !== undefined;
  }

  private settleAll(): void {
    for (const waiter of this.waiting.values()) waiter({ answer: 'closed', payload: {} });
  }

  private handle({ type, payload }: WireFrame): void {
    if (!this.answers(type, payload)) this.options.onFrame?.({ type, payload });
  }

  private answers(type: string, payload: Payload): boolean {
    switch (type) {
      case 'Receive':
        this.options.onReceive?.(payload, this);
        return true;
      case 'RegisterResponse':
        return this.settle('register', { answer: 'registered', payload });
      case 'Challenge':
        return this.settle('register', { answer: 'challenged', payload });
      case 'ContactsResponse':
        return this.settle('contacts', { answer: 'taken', payload });
      case 'Ack':
        return this.settle(String(payload.message_id), { answer: String(payload.status), payload });
      case 'Error': {
        const refused = { answer: String(payload.code), payload };
        const { message_id: messageId } = payload;
        if (typeof messageId === 'string') return this.settle(messageId, refused);
        return ['register', 'contacts', 'error'].some((what) => this.settle(what, refused));
      }
      default:
        return false;
    }
  }

  /** Takes messages from these alone, from now on; `taken`, or the code of a refusal. */
  listOnly(tags: readonly string[]): Promise<Answered> {
    const answered = this.expect('contacts');
    this.say('Contacts', { accept: 'listed', replace: tags });
    return answered;
  }
}

/** 48 bytes, as a short text comes sealed. */
const sealed = randomBytes(48).toString('base64');
