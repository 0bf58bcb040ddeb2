import { deviceKeyOf } from '@openrelay/protocol';
import {
  type Departure,
  type Mark,
  type MessageQueue,
  type Registered,
  type Registration,
  type Registry,
  shardOf,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from './batch';
import type { Connection } from './connection';
import type { Tick } from './tick';

/** The device registers, or says that it is online; or the edge does it again after a lost connection to Redis. */
type Reason = 'asked' | 'online' | 'recovered';
/** `cursor` is the connection's when it was asked: a queue that had not got so far then has begun to count anew. */
type RegisterRequest = Registration & { connection: Connection; reason: Reason; cursor: number };
type DepartRequest = Departure & { connection: Connection };

export type RegisteredAnswer = Extract<Registered, { status: 'registered' }>;

export type RegistrationEvents = {
  /** The device's own request was carried out. */
  registered: (connection: Connection, answer: RegisteredAnswer) => void;
  /** Redis could not be asked: the device is to be told 503. */
  refused: (connection: Connection) => void;
  /** The connection has (again) become the holder of its device, whose queue has got to `lastSeq`. */
  began: (connection: Connection, lastSeq: number, depth: number) => void;
  /** Redis may have lost what came last: numbers that were handed out mean nothing any more. */
  recovering: (connection: Connection) => void;
};

export type RegistrationParts = {
  tick: Tick;
  node: string;
  shards: number;
  registry: Registry;
  queue: MessageQueue;
  metrics: Metrics;
};

/** Which connections of this node hold which devices, here and in Redis. */
export class Registrations {
  private readonly bySession = new Map<string, Connection>();
  private sessions = 0;
  private readonly registers: Batch<RegisterRequest, Registered>;
  private readonly departures: Batch<DepartRequest>;
  private readonly marks: Batch<Mark>;

  constructor(
    private readonly parts: RegistrationParts,
    private readonly events: RegistrationEvents,
  ) {
    const { tick, shards, registry } = parts;
    this.registers = new Batch(shards, tick, {
      run: (shard, requests) => registry.register(shard, requests),
      settled: (request, answer) => this.takeAnswer(request, answer),
      failed: (request) => this.takeFailure(request),
    });
    this.departures = new Batch(shards, tick, {
      run: (shard, requests) => registry.deregister(shard, requests),
      settled: (request) => this.settleDeparture(request),
      // The registration ends with its lease, or when a publish finds nobody.
      failed: (request) => this.settleDeparture(request),
    });
    // A mark that gets lost costs nothing: refusing live-only messages early is a courtesy.
    this.marks = new Batch(shards, tick, { run: (shard, marks) => registry.mark(shard, marks) });
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
      connection.device = deviceKeyOf(hardwareId);
      connection.shard = shardOf(connection.device, this.parts.shards);
      connection.state = 'registering';
      this.nameSession(connection);
    }
    connection.hardwareId = hardwareId;
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
    const request: RegisterRequest = { connection, reason, device, session, sinceMs, cursor };
    if (!this.registers.add(shard, request)) this.takeFailure(request);
  }

  private takeAnswer({ connection, reason, session, cursor }: RegisterRequest, answer: Registered): void {
    if (connection.session !== session) {
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
    if (answer.seq < cursor) this.events.recovering(connection);
    if (answer.isStale)
      void this.sweepAndWelcome(connection, reason, answer); // never rejects
    else this.welcome(connection, reason, answer);
  }

  private welcome(connection: Connection, reason: Reason, answer: RegisteredAnswer, queued = answer.depth): void {
    if (!connection.isOpen) return;
    if (reason === 'asked') this.events.registered(connection, { ...answer, depth: queued });
    this.events.began(connection, answer.seq, answer.depth);
  }

  /**
   * Only what still lives is announced as queued. What was swept may have come after the answer and expired since, so the
   * queue is read all the same: by these numbers it could seem empty and not be.
   */
  private async sweepAndWelcome(connection: Connection, reason: Reason, answer: RegisteredAnswer): Promise<void> {
    const { queue, metrics } = this.parts;
    connection.isRecovering = true; // nothing is delivered before the answer
    const expired = await queue.expire(connection.shard, [connection.device]).catch(() => 0); // then it counts too many
    metrics.add('messages_expired', expired);
    this.welcome(connection, reason, answer, Math.max(0, answer.depth - expired));
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

  /** A newer connection holds the device. */
  replace(connection: Connection): void {
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

  private settleDeparture({ connection, manner }: DepartRequest): void {
    if (manner !== 'offline' || !connection.isOpen) return;
    const reason = connection.askAfterwards;
    connection.isDeparting = false;
    connection.askAfterwards = undefined;
    if (reason !== undefined) this.ask(connection, reason, 0);
  }

  /** The socket is gone. Acks on their way are let through first: they count only for the holder. */
  leave(connection: Connection): void {
    this.bySession.delete(connection.session);
    if (connection.acksUnderWay === 0) this.depart(connection, 'closed');
  }

  depart(connection: Connection, manner: Departure['manner']): void {
    const { device, session, shard } = connection;
    const request: DepartRequest = { connection, device, session, manner };
    if (session !== '' && !this.departures.add(shard, request)) this.settleDeparture(request);
  }

  mark(connection: Connection, mark: Mark['mark']): void {
    const { device, session, shard } = connection;
    this.marks.add(shard, { device, session, mark });
  }

  /** All connections that may hold a device. */
  get connections(): Iterable<Connection> {
    return this.bySession.values();
  }

  /** Registers a connection again, behind whatever newer one there may be, and reads its queue from the start. */
  recover(connection: Connection): void {
    if (!connection.isOpen || connection.sinceMs === 0) return;
    this.nameSession(connection);
    this.events.recovering(connection);
    this.resume(connection);
  }

  /** Asks (again) for a registration that is being recovered. */
  resume(connection: Connection): void {
    this.ask(connection, 'recovered', connection.sinceMs);
  }

  /** Redis was away, or the channels were: what it knows of us, and we of it, may be old. */
  recoverAll(): void {
    const held = Array.from(this.bySession.values()); // recovering names each anew
    for (const connection of held) this.recover(connection);
  }
}
