import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
import { holderOf, type Mark, type MessageQueue, type Registry, shardOf } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import { Deregistrations } from './deregistrations';
import type { Liveness } from './liveness';
import {
  isBegunAnew,
  isOf,
  type Outcome,
  type Reason,
  type RegisteredAnswer,
  type RegisterRequest,
} from './register-request';

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
  liveness: Liveness;
};

/** Which connections of this node hold which devices, here and in Redis. */
export class Registrations {
  /** By what all sessions of a connection have in common. */
  private readonly byHolder = new Map<string, Connection>();
  private holders = 0;
  private sessions = 0;
  private readonly registers: Batch<RegisterRequest, Outcome>;
  private readonly deregistrations: Deregistrations;
  private readonly marks: Batch<Mark>;

  constructor(
    private readonly parts: RegistrationParts,
    private readonly events: RegistrationEvents,
  ) {
    const { tick, shards, registry } = parts;
    this.registers = new Batch(shards, tick, {
      run: (shard, requests) => this.registerOpen(shard, requests),
      settled: (request, answer) => this.takeAnswer(request, answer),
      failed: (request) => this.takeFailure(request),
    });
    this.deregistrations = new Deregistrations(parts);
    // One that gets lost is put right by the next check.
    this.marks = new Batch(shards, tick, { run: (shard, marks) => registry.mark(shard, marks) });
  }

  get isIdle(): boolean {
    return this.registers.isIdle && this.deregistrations.isIdle;
  }

  /**
   * The connection of a session that scripts and other nodes speak of. A session that is nobody's, as when its end could not
   * be told while Redis was away, is taken off its device: else what is for live connections alone would vanish here.
   */
  find(device: DeviceKey, session: string): Connection | undefined {
    const connection = this.byHolder.get(holderOf(session));
    if (connection) return connection.session === session ? connection : undefined;
    if (!this.deregistrations.isRetired(session)) this.deregistrations.retire(device, session);
    return undefined;
  }

  /** What is asked for a connection that was closed while it waited must not take the device from another. */
  private async registerOpen(shard: number, requests: RegisterRequest[]): Promise<Outcome[]> {
    const open = requests.filter(({ connection }) => connection.isOpen);
    const answers = open.length > 0 ? await this.parts.registry.register(shard, open) : [];
    if (open.length === requests.length) return answers;
    const byRequest = new Map(open.map((request, i) => [request, answers[i]!]));
    return requests.map((request) => byRequest.get(request) ?? { status: 'left' });
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
    const isRenewed = this.nameSession(connection);
    connection.state = 'registering';
    this.ask(connection, reason, 0, isRenewed);
  }

  /** A new name for the holding, so that nothing on its way under the old one counts any more. Answers whether there was one. */
  private nameSession(connection: Connection): boolean {
    const isRenewed = connection.session !== '';
    if (!isRenewed) this.holders += 1;
    const holder = isRenewed ? holderOf(connection.session) : `${this.parts.node}.${this.holders}`;
    this.sessions += 1;
    connection.session = `${holder}.${this.sessions}`;
    this.byHolder.set(holder, connection);
    return isRenewed;
  }

  private ask(connection: Connection, reason: Reason, sinceMs: number, isRenewed = true): void {
    const { device, session, shard, cursor } = connection;
    const manner = reason === 'recovered' && connection.state === 'offline' ? 'offline' : 'online';
    const request: RegisterRequest = { connection, reason, device, session, sinceMs, manner, isRenewed, cursor };
    connection.registersUnderWay += 1;
    const add = () => {
      if (!this.registers.add(shard, request)) this.takeFailure(request);
    };
    // Redis judges what is no claim.
    if (sinceMs > 0) add();
    else this.parts.liveness.whenThere(connection, add);
  }

  private takeAnswer(request: RegisterRequest, answer: Outcome): void {
    const { connection, reason, session } = request;
    const isCurrent = connection.session === session;
    connection.registersUnderWay -= 1;
    if (answer.status === 'left') return;
    if (isCurrent) connection.isUnsettled = false;
    if (answer.status === 'superseded') {
      if (isCurrent) this.replace(connection);
      return;
    }
    if (answer.replaced !== '' && !isOf(connection, answer.replaced)) this.replaceSession(answer.replaced);
    if (!connection.isOpen) {
      this.deregistrations.retire(connection.device, session);
      return;
    }
    this.parts.metrics.count('registrations');
    if (isCurrent) connection.sinceMs = answer.sinceMs;
    if (reason === 'asked' && answer.isStale)
      void this.sweepAndWelcome(request, answer); // never rejects
    else this.sendRegisterResponse(request, answer);
  }

  /** Only what still lives is announced as queued. */
  private async sweepAndWelcome(request: RegisterRequest, answer: RegisteredAnswer): Promise<void> {
    const { queue, metrics } = this.parts;
    const { shard, device } = request.connection;
    const expired = await queue.expire(shard, [device]).catch(() => 0); // then it counts too many
    metrics.add('messages_expired', expired);
    this.sendRegisterResponse(request, answer, Math.max(0, answer.depth - expired));
  }

  /**
   * The device is answered, whatever it said since, and then handed its messages. By what was swept meanwhile the queue could
   * seem empty and not be: it is read by the numbers of before.
   */
  private sendRegisterResponse(request: RegisterRequest, answer: RegisteredAnswer, queued = answer.depth): void {
    const { connection, reason, session, manner } = request;
    if (!connection.isOpen) return;
    if (reason === 'asked') this.events.registered(connection, { ...answer, depth: queued });
    if (connection.session !== session) return; // asked for anew, under another name
    if (connection.state === 'offline') {
      if (manner === 'online')
        this.suspend(connection); // it said so before Redis knew that it was there
      else if (isBegunAnew(request, answer)) this.events.recovering(connection);
      return;
    }
    connection.state = 'registered';
    this.byHolder.set(holderOf(session), connection);
    if (isBegunAnew(request, answer)) this.events.recovering(connection);
    this.events.began(connection, answer.seq, answer.depth);
  }

  private takeFailure({ connection, reason, session }: RegisterRequest): void {
    connection.registersUnderWay -= 1;
    if (!connection.isOpen) return;
    if (connection.session === session) this.giveUp(connection);
    // What is recovered is tried again when Redis is back, or by the next check.
    if (reason !== 'recovered') this.events.refused(connection);
  }

  /** What was refused may have been done. */
  private giveUp(connection: Connection): void {
    if (connection.state === 'registered') return; // under its one name, or being recovered
    connection.state = connection.sinceMs > 0 ? 'offline' : 'unregistered';
    connection.isUnsettled = connection.state === 'offline';
    if (connection.state === 'unregistered') this.byHolder.delete(holderOf(connection.session));
  }

  /**
   * A newer connection of this node holds the device of this session. Of a connection that has another by now Redis is asked,
   * when nobody knows which of them counts; else its own claim has overtaken this.
   */
  private replaceSession(session: string): void {
    const connection = this.byHolder.get(holderOf(session));
    if (connection?.session === session) this.replace(connection);
    else if (connection?.isUnsettled) this.resume(connection);
  }

  /**
   * Another node has told that it holds the device of this session. That may be long ago, and the newer connection gone by
   * now: so Redis is asked, and only who is superseded is closed.
   */
  replacedElsewhere(session: string): void {
    const connection = this.byHolder.get(holderOf(session));
    if (connection?.session !== session || connection.state === 'registering') this.replaceSession(session);
    else this.recover(connection);
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
    this.suspend(connection);
  }

  /** The socket is gone. Acks on their way are let through first: they count only for the holder. */
  leave(connection: Connection): void {
    this.parts.liveness.left(connection);
    this.byHolder.delete(holderOf(connection.session));
    if (connection.acksUnderWay === 0) this.depart(connection);
    else this.deregistrations.retireLater(connection.session);
  }

  /** The connection is closed, and Redis has had its acks. */
  depart({ device, session }: Connection): void {
    this.deregistrations.retire(device, session);
  }

  private suspend({ device, session }: Connection): void {
    this.deregistrations.suspend(device, session);
  }

  mark(connection: Connection, mark: Mark['mark']): void {
    const { device, session, shard } = connection;
    this.marks.add(shard, { device, session, mark });
  }

  /** All connections that may hold a device. */
  get connections(): Iterable<Connection> {
    return this.byHolder.values();
  }

  /**
   * Registers a connection again, behind whatever newer one there may be, and reads its queue from the start. One that is
   * about to register needs no more than that; one that is offline is read when it is back.
   */
  recover(connection: Connection): void {
    const { state, sinceMs } = connection;
    if (sinceMs === 0 || (state !== 'registered' && state !== 'offline')) return;
    this.nameSession(connection);
    if (state === 'registered') this.events.recovering(connection);
    else connection.isUnsettled = true;
    this.ask(connection, 'recovered', sinceMs);
  }

  /** Asks again, unless an answer is on its way. */
  resume(connection: Connection): void {
    if (connection.isUnsure && connection.registersUnderWay === 0)
      this.ask(connection, 'recovered', connection.sinceMs);
  }
}
