import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
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

type RegisterRequest = Registration & {
  connection: Connection;
  reason: Reason;
  /** The session under which the connection held the device before; '' when it never did. */
  previous: string;
  /** The connection's when it was asked: a queue that had not got so far then has begun to count anew. */
  cursor: number;
};

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
  /** Sessions that are nobody's any more, of which Redis is being told. */
  private readonly retired = new Set<string>();
  private sessions = 0;
  private readonly registers: Batch<RegisterRequest, Registered>;
  private readonly departures: Batch<Departure>;
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
      settled: ({ session }) => this.retired.delete(session),
      // The registration ends with its lease, or when something is published for it.
      failed: ({ session }) => this.retired.delete(session),
    });
    // One that gets lost is put right by the next check.
    this.marks = new Batch(shards, tick, { run: (shard, marks) => registry.mark(shard, marks) });
  }

  get isIdle(): boolean {
    return this.registers.isIdle && this.departures.isIdle;
  }

  /**
   * The connection of a session that scripts and other nodes speak of. A session that is nobody's, as when its end could not
   * be told while Redis was away, is taken off its device: else what is for live connections alone would vanish here.
   */
  find(device: DeviceKey, session: string): Connection | undefined {
    const connection = this.bySession.get(session);
    if (!connection && !this.retired.has(session)) this.retire({ device, session, manner: 'closed' });
    return connection;
  }

  private retire(departure: Departure): void {
    const isAsked = this.departures.add(shardOf(departure.device, this.parts.shards), departure);
    if (isAsked) this.retired.add(departure.session);
    else this.retired.delete(departure.session);
  }

  /** The device names itself and asks for its messages. */
  register(connection: Connection, hardwareId: string, acks: boolean): void {
    connection.hardwareId = hardwareId;
    connection.acks = acks;
    switch (connection.state) {
      case 'unregistered':
        connection.device = deviceKeyOf(hardwareId);
        connection.shard = shardOf(connection.device, this.parts.shards);
        this.claim(connection, 'asked');
        return;
      case 'offline':
        this.claim(connection, 'asked');
        return;
      case 'registering':
        this.ask(connection, 'asked', 0);
        return;
      case 'registered':
        this.ask(connection, 'asked', connection.sinceMs);
        return;
      case 'closed':
    }
  }

  /** Asks to hold the device, above whoever does so now. */
  private claim(connection: Connection, reason: Reason): void {
    const previous = this.nameSession(connection);
    connection.state = 'registering';
    this.ask(connection, reason, 0, previous);
  }

  /** A new name for the holding, so that nothing on its way under the old one counts any more. Answers the old one. */
  private nameSession(connection: Connection): string {
    const previous = connection.session;
    this.bySession.delete(previous);
    if (previous !== '') this.retired.add(previous);
    this.sessions += 1;
    connection.session = `${this.parts.node}.${this.sessions}`;
    this.bySession.set(connection.session, connection);
    return previous;
  }

  private ask(connection: Connection, reason: Reason, sinceMs: number, previous = connection.session): void {
    const { device, session, shard, cursor } = connection;
    const request: RegisterRequest = { connection, reason, device, session, sinceMs, previous, cursor };
    if (!this.registers.add(shard, request)) this.takeFailure(request);
  }

  private takeAnswer(request: RegisterRequest, answer: Registered): void {
    const { connection, reason, session, previous } = request;
    const isCurrent = connection.session === session;
    if (previous !== session) this.retired.delete(previous);
    if (answer.status === 'superseded') {
      if (isCurrent) this.replace(connection);
      return;
    }
    if (answer.replaced !== '' && answer.replaced !== session) this.replaceSession(answer.replaced);
    if (!connection.isOpen) {
      this.retire({ device: connection.device, session, manner: 'closed' });
      return;
    }
    this.parts.metrics.count('registrations');
    if (isCurrent) connection.sinceMs = answer.sinceMs;
    if (reason === 'asked' && answer.isStale)
      void this.sweepAndWelcome(request, answer); // never rejects
    else this.welcome(request, answer);
  }

  /** Only what still lives is announced as queued. */
  private async sweepAndWelcome(request: RegisterRequest, answer: RegisteredAnswer): Promise<void> {
    const { queue, metrics } = this.parts;
    const { shard, device } = request.connection;
    const expired = await queue.expire(shard, [device]).catch(() => 0); // then it counts too many
    metrics.add('messages_expired', expired);
    this.welcome(request, answer, Math.max(0, answer.depth - expired));
  }

  /**
   * The device is answered, whatever it said since, and then handed its messages. By what was swept meanwhile the queue could
   * seem empty and not be: it is read by the numbers of before.
   */
  private welcome(request: RegisterRequest, answer: RegisteredAnswer, queued = answer.depth): void {
    const { connection, reason, session, previous, cursor } = request;
    if (!connection.isOpen) return;
    if (reason === 'asked') this.events.registered(connection, { ...answer, depth: queued });
    if (connection.session !== session) return; // asked for anew, under another name
    if (connection.state === 'offline') {
      this.depart(connection, 'offline'); // it said so before Redis knew that it was there
      return;
    }
    connection.state = 'registered';
    this.bySession.set(session, connection);
    // Had the device been let go of meanwhile, its queue may have begun to count anew.
    const isContinued = previous === '' || answer.replaced === previous;
    if (!isContinued || answer.seq < cursor) this.events.recovering(connection);
    this.events.began(connection, answer.seq, answer.depth);
  }

  private takeFailure({ connection, reason, session, previous }: RegisterRequest): void {
    if (previous !== session) this.retired.delete(previous);
    // What is recovered is tried again when Redis is back, or by the next check.
    if (reason === 'recovered' || !connection.isOpen) return;
    if (connection.state === 'registering' && connection.session === session) this.giveUp(connection);
    this.events.refused(connection);
  }

  private giveUp(connection: Connection): void {
    connection.state = connection.sinceMs > 0 ? 'offline' : 'unregistered';
    if (connection.state === 'unregistered') this.bySession.delete(connection.session);
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
    if (connection.state === 'offline') this.claim(connection, 'online');
  }

  /** `Status: Offline`: the socket stays, messages queue. */
  goOffline(connection: Connection): void {
    connection.state = 'offline';
    this.depart(connection, 'offline');
  }

  /** The socket is gone. Acks on their way are let through first: they count only for the holder. */
  leave(connection: Connection): void {
    this.bySession.delete(connection.session);
    if (connection.acksUnderWay === 0) this.depart(connection, 'closed');
    else this.retired.add(connection.session);
  }

  depart({ device, session }: Connection, manner: Departure['manner']): void {
    if (session === '') return;
    if (manner === 'closed') this.retire({ device, session, manner });
    else this.departures.add(shardOf(device, this.parts.shards), { device, session, manner });
  }

  mark(connection: Connection, mark: Mark['mark']): void {
    const { device, session, shard } = connection;
    this.marks.add(shard, { device, session, mark });
  }

  /** All connections that may hold a device. */
  get connections(): Iterable<Connection> {
    return this.bySession.values();
  }

  /**
   * Registers a connection again, behind whatever newer one there may be, and reads its queue from the start. One that is
   * about to register needs no more than that, one that is offline to be known as such.
   */
  recover(connection: Connection): void {
    if (connection.state === 'offline') this.depart(connection, 'offline');
    if (connection.state !== 'registered') return;
    const previous = this.nameSession(connection);
    this.events.recovering(connection);
    this.ask(connection, 'recovered', connection.sinceMs, previous);
  }

  /** Asks again for a registration that is being recovered. */
  resume(connection: Connection): void {
    this.ask(connection, 'recovered', connection.sinceMs);
  }

  /** Redis was away, or the channels were: what it knows of us, and we of it, may be old. */
  recoverAll(): void {
    const held = Array.from(this.bySession.values()); // recovering names each anew
    for (const connection of held) this.recover(connection);
  }
}
