import { deviceKeyOf } from '@openrelay/protocol';
import {
  type Departure,
  type HolderState,
  type Mark,
  type Registered,
  type Registration,
  type Registry,
  shardOf,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from './batch';
import type { Connection } from './connection';
import type { Delivery } from './deliver';
import type { Tick } from './tick';

/** The device registers, or says that it is online; or the edge does it again after a lost connection to Redis. */
type Reason = 'asked' | 'online' | 'recovered';
/** `cursor` is the connection's when it was asked: a queue that had not got so far then has begun to count anew. */
type RegisterRequest = { connection: Connection; reason: Reason; registration: Registration; cursor: number };
type DepartRequest = { connection: Connection; departure: Departure };
type CheckRequest = { connection: Connection; session: string; cursor: number };
type MarkRequest = { mark: Mark };

type RegisteredAnswer = Extract<Registered, { status: 'registered' }>;

export type RegistrationEvents = {
  /** The device's own request was carried out. */
  registered: (connection: Connection, answer: RegisteredAnswer) => void;
  /** Redis could not be asked: the device is to be told 503. */
  refused: (connection: Connection) => void;
};

export type RegistrationParts = {
  tick: Tick;
  node: string;
  shards: number;
  registry: Registry;
  metrics: Metrics;
};

/** Which connections of this node hold which devices, here and in Redis. */
export class Registrations {
  private readonly bySession = new Map<string, Connection>();
  private sessions = 0;
  private readonly registers: Batch<RegisterRequest, Registered>;
  private readonly departures: Batch<DepartRequest, never>;
  private readonly checks: Batch<CheckRequest, HolderState>;
  private readonly marks: Batch<MarkRequest, never>;
  private delivery: Delivery | undefined;

  constructor(
    private readonly parts: RegistrationParts,
    private readonly events: RegistrationEvents,
  ) {
    const { tick, shards, registry } = parts;
    this.registers = new Batch(shards, tick, {
      run: (shard, requests) =>
        registry.register(
          shard,
          requests.map(({ registration }) => registration),
        ),
      settled: (requests, answers) => requests.forEach((request, i) => this.takeAnswer(request, answers[i]!)),
      failed: (requests) => requests.forEach((request) => this.takeFailure(request)),
    });
    this.departures = new Batch<DepartRequest, never>(shards, tick, {
      run: async (shard, requests) => {
        const departures = requests.map(({ departure }) => departure);
        await registry.deregister(shard, departures);
        return undefined;
      },
      settled: (requests) => this.settleDepartures(requests),
      // The registration ends with its lease, or when a publish finds nobody.
      failed: (requests) => this.settleDepartures(requests),
    });
    this.checks = new Batch(shards, tick, {
      maxItems: 256,
      run: (shard, requests) =>
        registry.check(
          shard,
          requests.map(({ connection, session }) => ({ device: connection.device, session })),
        ),
      settled: (requests, states) => requests.forEach((request, i) => this.takeState(request, states[i]!)),
      failed: () => undefined, // asked again at the next check
    });
    this.marks = new Batch<MarkRequest, never>(shards, tick, {
      run: async (shard, requests) => {
        const marks = requests.map(({ mark }) => mark);
        await registry.mark(shard, marks);
        return undefined;
      },
      settled: () => undefined,
      failed: () => undefined, // refusing live-only messages early is a courtesy
    });
  }

  /** The two need each other: delivery begins with a registration, and a reader that holds nothing must register. */
  attach(delivery: Delivery): void {
    this.delivery = delivery;
  }

  get isIdle(): boolean {
    return this.registers.isIdle && this.departures.isIdle;
  }

  /** The connection of a session that scripts and other nodes speak of. */
  find(session: string): Connection | undefined {
    return this.bySession.get(session);
  }

  /** The device names itself and asks for its messages. */
  register(connection: Connection, hardwareId: string, acks: boolean): void {
    if (connection.state === 'unregistered') {
      connection.hardwareId = hardwareId;
      connection.device = deviceKeyOf(hardwareId);
      connection.shard = shardOf(connection.device, this.parts.shards);
      connection.state = 'registering';
      this.nameSession(connection);
    }
    connection.acks = acks;
    connection.isComingOnline = true;
    this.ask(connection, 'asked', connection.state === 'registered' ? connection.sinceMs : 0);
  }

  /** A new name for the holding, so that nothing on its way under the old one counts any more. */
  private nameSession(connection: Connection): void {
    this.bySession.delete(connection.session);
    this.sessions += 1;
    connection.session = `${this.parts.node}.${this.sessions}`;
    this.bySession.set(connection.session, connection);
  }

  private ask(connection: Connection, reason: Reason, sinceMs: number): void {
    if (connection.isDeparting && reason !== 'recovered') {
      connection.askAfterwards = reason;
      return;
    }
    const { device, session, shard, cursor } = connection;
    const request: RegisterRequest = { connection, reason, registration: { device, session, sinceMs }, cursor };
    if (!this.registers.add(shard, request)) this.takeFailure(request);
  }

  private takeAnswer({ connection, reason, registration, cursor }: RegisterRequest, answer: Registered): void {
    if (connection.session !== registration.session) {
      // Recovered meanwhile, under a new name; the device still waits for its answer.
      if (reason !== 'recovered' && connection.isOpen) this.ask(connection, reason, connection.sinceMs);
      return;
    }
    if (answer.status === 'superseded') {
      this.replace(connection);
      return;
    }
    if (answer.replaced !== '' && answer.replaced !== connection.session) this.replaceSession(answer.replaced);
    if (!connection.isOpen) {
      this.depart(connection, 'closed');
      return;
    }
    if (connection.state === 'offline' && !connection.isComingOnline) {
      connection.isRecovering = false;
      this.goOffline(connection);
      return;
    }
    connection.isComingOnline = false;
    connection.state = 'registered';
    connection.sinceMs = answer.sinceMs;
    this.parts.metrics.count('registrations');
    if (reason === 'asked') this.events.registered(connection, answer);
    if (answer.seq < cursor) this.delivery?.recover(connection);
    this.delivery?.begin(connection, answer.seq, answer.depth);
  }

  private takeFailure({ connection, reason }: RegisterRequest): void {
    // What is recovered is tried again when Redis is back, or by the next check.
    if (reason === 'recovered' || !connection.isOpen) return;
    if (connection.state === 'registering') {
      connection.state = 'unregistered';
      this.bySession.delete(connection.session);
    }
    this.events.refused(connection);
  }

  /** A newer connection, here or elsewhere, holds the device of this session. */
  replaceSession(session: string): void {
    const connection = this.bySession.get(session);
    if (connection) this.replace(connection);
  }

  private replace(connection: Connection): void {
    if (!connection.isOpen) return;
    this.parts.metrics.count('takeovers');
    connection.socket.close('replaced', 'a newer connection registered this id');
  }

  /** `Status: Online` or `Away`: registered again, above whoever did so meanwhile. */
  comeOnline(connection: Connection): void {
    if (connection.state !== 'offline') return;
    connection.isComingOnline = true;
    this.ask(connection, 'online', 0);
  }

  /** `Status: Offline`: the socket stays, messages queue. */
  goOffline(connection: Connection): void {
    connection.state = 'offline';
    connection.isComingOnline = false;
    connection.askAfterwards = undefined;
    connection.isDeparting = true;
    this.depart(connection, 'offline');
  }

  private settleDepartures(requests: DepartRequest[]): void {
    for (const { connection, departure } of requests) {
      if (departure.manner !== 'offline' || !connection.isOpen) continue;
      const reason = connection.askAfterwards;
      connection.isDeparting = false;
      connection.askAfterwards = undefined;
      if (reason !== undefined) this.ask(connection, reason, 0);
    }
  }

  /** The socket is gone. Acks on their way are let through first: they count only for the holder. */
  leave(connection: Connection): void {
    this.bySession.delete(connection.session);
    if (connection.acksUnderWay === 0) this.depart(connection, 'closed');
  }

  depart(connection: Connection, manner: Departure['manner']): void {
    const { device, session, shard } = connection;
    if (session !== '') this.departures.add(shard, { connection, departure: { device, session, manner } });
  }

  mark(connection: Connection, mark: Mark['mark']): void {
    const { device, session, shard } = connection;
    this.marks.add(shard, { mark: { device, session, mark } });
  }

  /** Asks Redis about every holding: a takeover or a wake-up that got lost is found here. */
  checkAll(): void {
    for (const connection of this.bySession.values()) {
      if (connection.state !== 'registered') continue;
      if (connection.isRecovering) this.ask(connection, 'recovered', connection.sinceMs);
      else this.checkOne(connection);
    }
  }

  /** A script said that this connection holds nothing: find out what became of its device. */
  checkOne(connection: Connection): void {
    const { session, cursor, shard } = connection;
    this.checks.add(shard, { connection, session, cursor });
  }

  private takeState({ connection, session, cursor }: CheckRequest, state: HolderState): void {
    if (connection.session !== session || connection.state !== 'registered') return;
    switch (state.status) {
      case 'replaced':
        this.replace(connection);
        return;
      case 'lost':
        this.recover(connection);
        return;
      case 'holds':
        if (state.seq < cursor) this.recover(connection);
        else this.repair(connection, state.seq);
    }
  }

  /** A queue that was ahead at two checks in a row, and of which nothing was heard, lost its wake-up. */
  private repair(connection: Connection, seq: number): void {
    const isStuck = connection.suspectSeq > connection.cursor && !connection.isBehind && !connection.isPulling;
    connection.suspectSeq = seq > connection.cursor ? seq : 0;
    if (!isStuck) return;
    this.parts.metrics.count('wakeup_repairs');
    this.delivery?.wake(connection, seq);
  }

  /** Registers a connection again, behind whatever newer one there may be, and reads its queue from the start. */
  recover(connection: Connection): void {
    if (!connection.isOpen || connection.sinceMs === 0) return;
    this.nameSession(connection);
    this.delivery?.recover(connection);
    this.ask(connection, 'recovered', connection.sinceMs);
  }

  /** Redis was away, or the channels were: what it knows of us, and we of it, may be old. */
  recoverAll(): void {
    for (const connection of [...this.bySession.values()]) this.recover(connection);
  }
}
