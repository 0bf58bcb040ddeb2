import { eventually, freshHardwareId } from '@openrelay/testing';
import { Absences } from './absences';
import { Books } from './books';
import { type DeviceHabits, FleetDevice } from './fleet-device';
import { type ClaimShare, Identity } from './identity';
import { kindOf } from './message';
import { RunningVerdict } from './running-verdict';
import { SeededRandom } from './seeded-random';
import { Traffic, type TrafficPlan } from './traffic';
import { isOwed, type Verdict } from './verdict';

export type FleetOptions = {
  /** The URLs of all edges that there are or will be; an edge that is down is passed over. */
  readonly edges: readonly string[];
  readonly seed: number;
  readonly devices: number;
  readonly habits?: Partial<DeviceHabits>;
  readonly traffic?: Partial<TrafficPlan>;
  /** How long what is under way may take to come to rest after the traffic has ended; what takes longer is a fault. */
  readonly settleMs?: number;
  /** Absent: half. */
  readonly claims?: ClaimShare;
  /** With which the relay may close connections, besides 4001 where a newer one is there. */
  readonly expectedCloses?: readonly number[];
};

const usualHabits: DeviceHabits = {
  pauseMs: [20, 200],
  ackAfterMs: [0, 150],
  offlineMs: [20, 500],
  window: 32,
  handshakeTimeoutMs: 1000,
  heartbeatMs: 1500,
};

const usualTraffic: TrafficPlan = {
  messagesPerSecond: 300,
  inARow: [1, 6],
  dataBytes: [64, 256 * 1024],
  ttlSeconds: [120, 600],
  mix: { stored: 12, live: 4, auth: 2, rotation: 1 },
  shortLivedOneIn: 50,
  departuresPerSecond: 2,
  restsPerSecond: 1,
};

/** What takes longer hangs; a machine that is merely slow must not look broken. */
export const patienceMs = 60_000;
/** An ack that was overtaken by the next registration of its device does nothing: the message comes once more. */
const mostReunions = 5;
const expiryToleranceMs = 1000;
/** For what comes with a registration to arrive, before the next one is tried. */
const reunionMs = 2000;

/** Unix ms on a clock that only goes forward. */
function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Devices under traffic, and what became of every message. `start`, then faults, then `verdict`. */
export class Fleet {
  readonly books = new Books(unixMs);
  readonly devices: FleetDevice[] = [];
  private readonly identities = new Map<string, Identity>();
  private readonly absences = new Absences(unixMs);
  private readonly running: RunningVerdict;
  private readonly random: SeededRandom;
  private traffic: Traffic | undefined;

  private constructor(private readonly options: FleetOptions) {
    this.random = new SeededRandom(options.seed);
    this.running = new RunningVerdict(this.books, {
      expiryToleranceMs,
      unseenMs: (fromMs, toMs) => this.absences.within(fromMs, toMs),
      expectedCloses: options.expectedCloses ?? [],
    });
    const ids = Array.from({ length: options.devices }, () => freshHardwareId());
    for (const [number, id] of ids.entries()) {
      const identity = Identity.of(ids, number, options.claims ?? 'half');
      this.identities.set(id, identity);
      if (identity.contacts) this.books.lists(id, identity.contacts);
      this.add(id);
    }
  }

  /** Resolves when all devices are registered and the traffic has begun. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await fleet.allConnected();
    fleet.traffic = new Traffic(fleet.devices, { ...usualTraffic, ...options.traffic }, fleet.random);
    return fleet;
  }

  /** What plays the same devices' choices again. */
  get seed(): number {
    return this.options.seed;
  }

  /** One more device; with the id of another, the two take each other's place for ever. */
  add(id: string): FleetDevice {
    const { edges, habits } = this.options;
    // Half of them speak MessagePack.
    const encoding = this.devices.length % 2 === 0 ? 'json' : 'msgpack';
    const parts = {
      identity: this.identityOf(id),
      books: this.books,
      random: this.random,
      encoding,
      edges,
      habits: { ...usualHabits, ...habits },
    } as const;
    const device = new FleetDevice(id, parts);
    this.devices.push(device);
    return device;
  }

  private identityOf(id: string): Identity {
    const identity = this.identities.get(id) ?? Identity.unclaimed();
    this.identities.set(id, identity);
    if (this.devices.some((device) => device.id === id)) identity.isShared = true;
    return identity;
  }

  async remove(device: FleetDevice): Promise<void> {
    this.devices.splice(this.devices.indexOf(device), 1);
    await device.stop();
  }

  /** Resolves when so many more messages were accepted, and as many delivered that had not been before. */
  async progress(messages: number, timeoutMs = patienceMs): Promise<void> {
    const [accepted, delivered] = [this.books.accepted + messages, this.books.delivered + messages];
    await eventually(
      () => {
        if (this.books.accepted >= accepted && this.books.delivered >= delivered) return;
        const short = `${accepted - this.books.accepted} to be accepted, ${delivered - this.books.delivered} to be delivered`;
        throw new Error(`The traffic does not go on: of ${messages} messages, ${short}`);
      },
      { timeoutMs },
    );
  }

  /** Resolves once each device has been registered since it was called: where devices depart, all may never be at once. */
  async allConnected(timeoutMs = patienceMs): Promise<void> {
    const missing = new Set(this.devices);
    await eventually(
      () => {
        for (const device of missing) if (device.connection !== undefined) missing.delete(device);
        if (missing.size > 0) throw new Error(`${missing.size} of ${this.devices.length} devices have not registered`);
      },
      { timeoutMs },
    );
  }

  /**
   * Ends the traffic, lets all devices drain their queues, and judges. What is not well within the bound becomes a fault and
   * not an exception, so that the books are read in any case.
   */
  async verdict(): Promise<Verdict> {
    this.traffic?.stop();
    const unsettled = await this.settle();
    const { figures, faults } = this.running.conclude(unixMs());
    return { figures, faults: [...unsettled, ...faults] };
  }

  /** Judges what is settled and forgets it; for a fleet that runs long, now and then. */
  review(): void {
    this.running.review(unixMs());
  }

  /** For good; may be called at any time. */
  async stop(): Promise<void> {
    this.traffic?.stop();
    this.absences.stop();
    await Promise.all(this.devices.map((device) => device.stop()));
  }

  private async settle(): Promise<string[]> {
    const { settleMs = patienceMs } = this.options;
    try {
      await eventually(() => this.assertRest(), { timeoutMs: settleMs, intervalMs: 50 });
      await this.reunite();
      return [];
    } catch (error) {
      return [`not at rest: ${error instanceof Error ? error.message : String(error)}`];
    }
  }

  private assertRest(): void {
    const restless = this.devices.filter(({ isAtRest }) => !isAtRest).length;
    if (restless > 0) throw new Error(`${restless} devices wait for answers or for a connection`);
    const owed = [...this.books.messages.values()].filter((one) => isOwed(one, unixMs())).length;
    if (owed > 0) throw new Error(`${owed} accepted messages are not delivered`);
  }

  /** Every device comes back until nothing waits for it any more: what it acked must not come again. */
  private async reunite(): Promise<void> {
    let left = '';
    for (let round = 0; round < mostReunions; round += 1) {
      const before = this.books.connectionCount;
      for (const device of this.devices) device.leave('politely');
      await eventually(() => this.assertReturned(before), { timeoutMs: patienceMs });
      await eventually(() => this.assertRest(), { timeoutMs: patienceMs });
      left = await this.left();
      if (left === '') return;
    }
    throw new Error(`after ${mostReunions} more connections, acked messages still wait: ${left}`);
  }

  private assertReturned(connectionsBefore: number): void {
    const away = this.devices.filter(({ connection }) => (connection?.number ?? 0) <= connectionsBefore).length;
    if (away > 0) throw new Error(`${away} devices are not back`);
  }

  /** What waits for devices though they acked it; key rotations, which cannot be acked, are known by coming again now. */
  private async left(): Promise<string> {
    const left = () => this.devices.flatMap((device) => this.leftFor(device)).join(', ');
    await eventually(() => left() === '' || Promise.reject(new Error('waiting')), { timeoutMs: reunionMs }).catch(
      () => {},
    );
    return left();
  }

  /** What lies in a queue when its device comes back, less what may: the expired, and what nobody answered for. */
  private leftFor({ id, connection }: FleetDevice): string[] {
    const mayWait = [...this.books.messages.values()].filter((one) => {
      if (one.recipient !== id) return false;
      const cameAgain = one.deliveries.some((delivery) => delivery.connection === connection);
      return one.deliveries.length === 0 || (kindOf(one) === 'rotation' && cameAgain);
    });
    const left = (connection?.queued ?? 0) - mayWait.length;
    return left > 0 ? [`${left} for ${id.slice(0, 8)}`] : [];
  }
}
