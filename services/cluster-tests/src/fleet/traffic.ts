import { randomBytes, randomUUID } from 'node:crypto';
import type { FleetDevice } from './fleet-device';
import { authTypes, type Message, type MessageKind, rotationTtlSeconds, rotationTypes } from './message';
import type { Range, SeededRandom } from './seeded-random';

export type TrafficPlan = {
  readonly messagesPerSecond: number;
  /** Messages from one device to another in a row, so that their order can be wrong. */
  readonly inARow: Range;
  readonly dataBytes: Range;
  readonly ttlSeconds: Range;
  /** How often each kind is drawn, in relation to the others. */
  readonly mix: Readonly<Record<MessageKind, number>>;
  /** One message in so many lives for a second only; 0 for none. */
  readonly shortLivedOneIn: number;
  /** How often a device leaves by itself and comes back, over the whole fleet; 0 for never. */
  readonly departuresPerSecond: number;
  /** How often a device is `Offline` for a while and stays connected, over the whole fleet; 0 for never. */
  readonly restsPerSecond: number;
};

const turnMs = 10;
/** What is no `Send` carries keys. */
const mostKeyBytes = 4096;

/** Devices that write to each other, and come and go, all the time. What cannot be sent now is not sent later. */
export class Traffic {
  private readonly timer: NodeJS.Timeout;
  private messagesDue = 0;
  private departuresDue = 0;
  private restsDue = 0;
  private readonly kinds: readonly MessageKind[];
  private lastMs = performance.now();

  constructor(
    private readonly devices: readonly FleetDevice[],
    private readonly plan: TrafficPlan,
    private readonly random: SeededRandom,
  ) {
    const mix = Object.entries(plan.mix) as [MessageKind, number][];
    this.kinds = mix.flatMap(([kind, weight]) => Array<MessageKind>(weight).fill(kind));
    this.timer = setInterval(() => this.turn(), turnMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    const { messagesPerSecond, departuresPerSecond, restsPerSecond, inARow } = this.plan;
    const nowMs = performance.now();
    // After a pause of this process the fleet goes on; it does not catch up.
    const seconds = Math.min((nowMs - this.lastMs) / 1000, 0.1);
    this.lastMs = nowMs;
    this.messagesDue += messagesPerSecond * seconds;
    this.departuresDue += departuresPerSecond * seconds;
    this.restsDue += restsPerSecond * seconds;
    while (this.messagesDue >= 1) {
      const count = this.random.whole(inARow);
      this.messagesDue -= count;
      this.sendSome(count);
    }
    for (; this.departuresDue >= 1; this.departuresDue -= 1) {
      this.random.pick(this.devices).leave(this.random.pick(['politely', 'cut']));
    }
    for (; this.restsDue >= 1; this.restsDue -= 1) this.random.pick(this.devices).rest();
  }

  private sendSome(count: number): void {
    const sender = this.random.pick(this.devices);
    const others = this.devices.filter(({ id }) => id !== sender.id);
    const { id: recipient } = this.random.pick(others);
    for (let i = 0; i < count && sender.canSend; i += 1) {
      const kind = this.random.pick(this.kinds);
      sender.send(this.message(kind, sender.id, recipient));
      // Whether a key rotation was taken shows by what is acked after it.
      if (kind === 'rotation') sender.send(this.message('stored', sender.id, recipient));
    }
  }

  private message(kind: MessageKind, sender: string, recipient: string): Message {
    const isSend = kind === 'stored' || kind === 'live';
    const [least, most] = this.plan.dataBytes;
    const dataBytes = this.random.magnitude(
      isSend ? [least, most] : [least, Math.max(least, Math.min(most, mostKeyBytes))],
    );
    const message = { sender, recipient, dataBytes };
    switch (kind) {
      case 'stored':
        return { ...message, id: randomUUID(), type: 'Send', ttlSeconds: this.ttlSeconds() };
      case 'live':
        return { ...message, id: randomUUID(), type: 'Send', ttlSeconds: 0 };
      case 'auth':
        return { ...message, id: randomUUID(), type: this.random.pick(authTypes), ttlSeconds: 0 };
      case 'rotation':
        return { ...message, id: randomKeyId(), type: this.random.pick(rotationTypes), ttlSeconds: rotationTtlSeconds };
    }
  }

  private ttlSeconds(): number {
    const { shortLivedOneIn, ttlSeconds } = this.plan;
    const isShort = shortLivedOneIn > 0 && this.random.whole([1, shortLivedOneIn]) === 1;
    return isShort ? 1 : this.random.whole(ttlSeconds);
  }
}

/** Of 64 bits, in decimal digits. */
function randomKeyId(): string {
  return String(randomBytes(8).readBigUInt64BE());
}
