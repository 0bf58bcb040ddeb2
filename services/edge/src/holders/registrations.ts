import { deviceKeyOf } from '@openrelay/protocol';
import { fairShare, mayHaveRun, type Proof, shardOf } from '@openrelay/state';
import { Batch } from '../batching/batch';
import { type Connection, holdingOf } from '../connection/connection';
import { cannotRegister } from '../connection/refusals';
import { registerRefusal } from './register-refusal';
import {
  asOfNow,
  hadSession,
  type Introduction,
  mayCountAnew,
  type Outcome,
  type Reason,
  type RefusedAnswer,
  type RegisteredAnswer,
  type RegisterRequest,
} from './register-request';
import { sendRegisterResponse } from './register-response';
import type { RegistrationParts } from './registration-parts';

/** Brings connections to hold their devices, here and in Redis, and to lose them. */
export class Registrations {
  private readonly registers: Batch<RegisterRequest, Outcome>;

  constructor(private readonly parts: RegistrationParts) {
    const { tick, link, shards, directory, earlyFrames } = parts;
    this.registers = new Batch(link, tick, {
      leavesFirst: true, // a `Status: Offline` after it finds the device registered
      get mostUnderWay() {
        return fairShare(directory.size, link.lanes(shards)); // after an edge has died thousands come at once
      },
      run: (lane, requests) => this.registerThere(lane, requests),
      settled: (request, answer) => {
        this.settle(request, answer);
        earlyFrames.settle(request.connection);
      },
      failed: (request, error) => this.fail(request, error),
    });
  }

  get isIdle(): boolean {
    return this.registers.isIdle && this.parts.deregistrations.isIdle;
  }

  /**
   * Requests have waited. A connection that was closed meanwhile must not take the device from another, and one that may be gone,
   * since the process was held up meanwhile, must answer first.
   */
  private async registerThere(lane: number, requests: RegisterRequest[]): Promise<Outcome[]> {
    this.parts.liveness.look();
    const asked = requests.filter((request) => this.mayAsk(request));
    const answers = asked.length > 0 ? await this.parts.registry.register(lane, asked) : [];
    if (asked.length === requests.length) return answers;
    const byRequest = new Map(asked.map((request, i) => [request, answers[i]!]));
    return requests.map((request) => byRequest.get(request) ?? { status: 'not asked' });
  }

  private mayAsk({ connection, sinceMs }: RegisterRequest): boolean {
    return connection.isOpen && (sinceMs > 0 || this.parts.liveness.isThere(connection));
  }

  /** The device names itself and asks for its messages. What it has proven before on this connection still counts. */
  register(connection: Connection, { hardwareId, acks, proof, presence = 'shown' }: Introduction): void {
    const device = deviceKeyOf(hardwareId);
    const shard = shardOf(device, this.parts.shards);
    const holding = holdingOf(connection);
    holding.identify(hardwareId, device, shard, acks);
    holding.presence = presence;
    switch (connection.state) {
      case 'unregistered':
      case 'offline':
        this.attempt(connection, 'asked', proof);
        return;
      case 'registering':
        this.ask(connection, 'asked', 0, proof);
        return;
      case 'registered':
        this.ask(connection, 'asked', holding.sinceMs, proof);
        return;
      case 'closed':
    }
  }

  /** Asks to hold the device, above whoever does so now. */
  private attempt(connection: Connection, reason: Reason, proof?: Proof): void {
    const isRenewed = connection.session !== '';
    this.parts.sessions.startSession(connection);
    holdingOf(connection).on('attempted');
    this.ask(connection, reason, 0, proof, isRenewed);
  }

  private ask(
    connection: Connection,
    reason: Reason,
    sinceMs: number,
    proof = connection.holding.proof,
    isRenewed = true,
  ): void {
    const { device, session, shard } = connection;
    const { presence } = connection.holding;
    const { cursor } = connection.progress;
    const manner = reason === 'recovered' && connection.state === 'offline' ? 'offline' : 'online';
    const asked = { shard, device, session, sinceMs, manner, proof, presence } as const;
    const request: RegisterRequest = { ...asked, connection, reason, isRenewed, cursor };
    holdingOf(connection).registersUnderWay += 1;
    this.add(request);
  }

  /** Only an attempt takes the device from another connection; all else Redis judges. */
  private add(request: RegisterRequest): void {
    if (request.sinceMs > 0) this.enqueue(request);
    else this.parts.liveness.whenThere(request.connection, () => this.enqueue(asOfNow(request)));
  }

  private enqueue(request: RegisterRequest): void {
    if (!this.registers.add(request)) this.fail(request);
  }

  private settle(request: RegisterRequest, answer: Outcome): void {
    const { connection, reason, session } = request;
    const holding = holdingOf(connection);
    const isCurrent = holding.session === session;
    if (answer.status === 'not asked' && connection.isOpen) {
      this.add(request);
      return;
    }
    holding.registersUnderWay -= 1;
    if (answer.status === 'not asked') return;
    if (isCurrent) holding.isUnsettled = false;
    if (answer.status !== 'registered') {
      this.settleRefused(request, answer);
      return;
    }
    const isTaken = answer.replaced !== '' && !hadSession(connection, answer.replaced);
    if (!connection.isOpen) {
      // Nobody may hold it then.
      const older = isTaken ? this.parts.sessions.findHolder(answer.replaced) : undefined;
      this.parts.deregistrations.deregister(connection.device, session, undefined, older);
      return;
    }
    if (isTaken) this.replaceSession(answer.replaced);
    this.parts.metrics.count('registrations');
    if (isCurrent) {
      holding.sinceMs = answer.sinceMs;
      holding.proof = request.proof;
      holding.leasedAtMs = this.parts.monotonicMs();
    }
    this.parts.floods.resume(connection);
    this.parts.stays.begin(connection, answer);
    this.parts.unregistered.delete(connection);
    if (reason === 'asked' && answer.isStale)
      void this.sweepAndAnswer(request, answer); // never rejects
    else this.answer(request, answer);
  }

  /** Nothing has changed in Redis. */
  private settleRefused(request: RegisterRequest, answer: RefusedAnswer): void {
    const { connection, reason, session } = request;
    if (answer.status === 'superseded' || reason === 'recovered') {
      if (connection.session !== session) return;
      if (answer.status === 'superseded') this.replace(connection);
      // Redis has another key for the id, as after a fail-over that lost a succession. Perhaps nobody holds it: the device may ask.
      else if (connection.isOpen) connection.socket.close('tryLater', 'the id is bound to another key');
      return;
    }
    if (!connection.isOpen) return;
    this.takeBack(request);
    const holding = holdingOf(connection);
    const isNobody = holding.state === 'unregistered' && holding.registersUnderWay === 0;
    if (answer.status === 'unproven' && isNobody) holding.disown();
    this.parts.replies.refuse(connection, registerRefusal(answer));
  }

  /** Only what still lives is announced as queued. */
  private async sweepAndAnswer(request: RegisterRequest, answer: RegisteredAnswer): Promise<void> {
    const { shard, device } = request.connection;
    const expired = await this.parts.sweeps.sweep(shard, device).catch(() => 0); // then it counts too many
    this.answer(request, answer, Math.max(0, answer.depth - expired));
  }

  /**
   * The device is answered, whatever it said since, and then sent its messages. `queued` is what it is told; whether the queue
   * is read goes by the answer, since after a sweep it could seem empty and not be.
   */
  private answer(request: RegisterRequest, answer: RegisteredAnswer, queued = answer.depth): void {
    const { connection, reason, session, manner } = request;
    const { delivery, deregistrations, outbox, sessions, settings } = this.parts;
    if (!connection.isOpen) return;
    if (reason === 'asked') sendRegisterResponse(outbox, settings, connection, { ...answer, depth: queued });
    if (connection.session !== session) return; // asked for anew, under another name
    if (connection.state === 'offline') {
      if (manner === 'online')
        deregistrations.markOffline(connection); // it said so before Redis knew that it was there
      else if (mayCountAnew(request, answer)) delivery.recover(connection);
      return;
    }
    holdingOf(connection).on('confirmed');
    sessions.add(connection);
    if (mayCountAnew(request, answer)) delivery.recover(connection);
    delivery.begin(connection, answer.seq, answer.depth);
  }

  /** @param error undefined when Redis was not asked */
  private fail(request: RegisterRequest, error?: unknown): void {
    const { connection, reason } = request;
    holdingOf(connection).registersUnderWay -= 1;
    // It may have taken the device from another connection of this node.
    if (error !== undefined && mayHaveRun(error)) this.parts.doubtful.addShards([connection.shard]);
    if (!connection.isOpen) return;
    this.takeBack(request);
    if (reason !== 'recovered') this.parts.replies.refuse(connection, cannotRegister());
    this.parts.earlyFrames.settle(connection);
  }

  /** The connection is what it was before it asked. */
  private takeBack({ connection, session }: RegisterRequest): void {
    const holding = holdingOf(connection);
    if (holding.session !== session) return;
    holding.refuse();
    if (holding.state === 'unregistered') this.parts.sessions.remove(connection);
    if (connection.isUnsure) this.parts.doubtful.addFailed(connection); // asked about until Redis has said what it is
  }

  /**
   * A newer connection of this node holds the device of this session. When the older connection has another session by now, its
   * own attempt has overtaken this; unless that was refused, then Redis is asked which of the two counts.
   */
  private replaceSession(session: string): void {
    const connection = this.parts.sessions.findHolder(session);
    if (connection?.session === session) this.replace(connection);
    else if (connection?.holding.isUnsettled) this.askAgain(connection);
  }

  /**
   * Another node has told that it holds the device of this session. That may be long ago, and the newer connection gone by
   * now: so Redis is asked, and only who is superseded is closed.
   */
  replacedElsewhere(session: string): void {
    const connection = this.parts.sessions.findHolder(session);
    if (connection?.session !== session || connection.state === 'registering') this.replaceSession(session);
    else this.recover(connection);
  }

  private replace(connection: Connection): void {
    if (!connection.isOpen) return;
    this.parts.metrics.count('takeovers');
    connection.socket.close('replaced', 'a newer connection registered this id');
  }

  /** `Status: Online` or `Away`: registered again, above whoever did so meanwhile. */
  comeOnline(connection: Connection): void {
    if (connection.state === 'offline') this.attempt(connection, 'online');
  }

  /** `Status: Offline`: the socket stays, messages queue. */
  goOffline(connection: Connection): void {
    const { deregistrations, handover } = this.parts;
    holdingOf(connection).on('wentOffline');
    deregistrations.markOffline(connection);
    handover.abandon(connection, 'absent');
  }

  /** The socket is gone. Acks on their way are let through first: they count only for the holder. */
  close(connection: Connection): void {
    const { deregistrations, earlyFrames, handover, liveness, sessions, stays } = this.parts;
    const seconds = stays.end(connection);
    holdingOf(connection).on('closed');
    handover.abandon(connection, 'absent');
    liveness.forget(connection);
    earlyFrames.forget(connection);
    sessions.remove(connection);
    if (connection.progress.acksUnderWay > 0) deregistrations.deregisterLater(connection.session, seconds);
    else deregistrations.deregister(connection.device, connection.session, seconds);
  }

  /**
   * Registers a connection again, behind whatever newer one there may be, and reads its queue from the start. One that is
   * about to register needs no more than that; one that is offline is read when it is back.
   */
  recover(connection: Connection): void {
    const holding = holdingOf(connection);
    const { state, sinceMs } = holding;
    if (sinceMs === 0 || (state !== 'registered' && state !== 'offline')) return;
    this.parts.sessions.startSession(connection);
    if (state === 'registered') this.parts.delivery.recover(connection);
    else holding.isUnsettled = true;
    this.ask(connection, 'recovered', sinceMs);
  }

  /** Asks again, unless an answer is on its way. */
  askAgain(connection: Connection): void {
    const { registersUnderWay, sinceMs } = connection.holding;
    if (connection.isUnsure && registersUnderWay === 0) this.ask(connection, 'recovered', sinceMs);
  }
}
