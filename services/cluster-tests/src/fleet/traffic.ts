import { randomUUID } from 'node:crypto';
import type { FleetDevice } from './fleet-device';
import type { Range, SeededRandom } from './seeded-random';

export interface TrafficPlan {
  readonly messagesPerSecond: number;
  /** Messages from one device to another in a row, so that their order can be wrong. */
  readonly inARow: Range;
  readonly dataBytes: Range;
  readonly ttlSeconds: Range;
  /** One message in so many lives for a second only; 0 for none. */
  readonly shortLivedOneIn: number;
  /** How often a device leaves by itself and comes back, over the whole fleet; 0 for never. */
  readonly departuresPerSecond: number;
}

const turnMs = 10;

/** Devices that write to each other, and come and go, all the time. What cannot be sent now is not sent later. */
export class Traffic {
  readonly #timer: NodeJS.Timeout;
  #messagesDue = 0;
  #departuresDue = 0;
  #lastMs = performance.now();

  constructor(
    private readonly devices: readonly FleetDevice[],
    private readonly plan: TrafficPlan,
    private readonly random: SeededRandom,
  ) {
    this.#timer = setInterval(() => this.#turn(), turnMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    const { messagesPerSecond, departuresPerSecond, inARow } = this.plan;
    const nowMs = performance.now();
    // After a pause of this process the fleet goes on; it does not catch up.
    const seconds = Math.min((nowMs - this.#lastMs) / 1000, 0.1);
    this.#lastMs = nowMs;
    this.#messagesDue += messagesPerSecond * seconds;
    this.#departuresDue += departuresPerSecond * seconds;
    while (this.#messagesDue >= 1) {
      const count = this.random.whole(inARow);
      this.#messagesDue -= count;
      this.#sendSome(count);
    }
    for (; this.#departuresDue >= 1; this.#departuresDue -= 1) {
      this.random.pick(this.devices).leave(this.random.pick(['politely', 'cut']));
    }
  }

  #sendSome(count: number): void {
    const sender = this.random.pick(this.devices);
    const others = this.devices.filter(({ id }) => id !== sender.id);
    const { id: recipient } = this.random.pick(others);
    for (let i = 0; i < count && sender.canSend; i += 1) {
      sender.send({
        id: randomUUID(),
        sender: sender.id,
        recipient,
        ttlSeconds: this.#ttlSeconds(),
        dataBytes: this.random.magnitude(this.plan.dataBytes),
      });
    }
  }

  #ttlSeconds(): number {
    const { shortLivedOneIn, ttlSeconds } = this.plan;
    const isShort = shortLivedOneIn > 0 && this.random.whole([1, shortLivedOneIn]) === 1;
    return isShort ? 1 : this.random.whole(ttlSeconds);
  }
}
