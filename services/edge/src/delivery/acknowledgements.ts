import type { Acknowledged, Acknowledgement, MessageQueue } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import { type Connection, progressOf } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import type { InFlightMessage } from '../connection/in-flight';
import type { Deregistrations } from './deregistrations';
import type { SlowStarts } from './slow-starts';

/** `numbering` is the connection's when it was asked: a recovery makes numbers of before mean nothing. */
type AckRequest = Acknowledgement & { connection: Connection; message: InFlightMessage; numbering: number };

export type AcknowledgementParts = {
  tick: Tick;
  link: Lanes;
  /** Redis's. */
  clock: { now: () => number };
  queue: Pick<MessageQueue, 'acknowledge'>;
  metrics: Metrics;
  deregistrations: Deregistrations;
  doubtful: DoubtfulConnections;
  slowStarts: SlowStarts;
};

/** HOT PATH. What devices acknowledge, on its way to Redis. */
export class Acknowledgements {
  private readonly acks: Batch<AckRequest, Acknowledged>;

  constructor(private readonly parts: AcknowledgementParts) {
    const { tick, link, queue, metrics } = parts;
    this.acks = new Batch(link, tick, {
      run: async (lane, requests) => {
        const outcomes = await queue.acknowledge(lane, requests);
        metrics.add('messages_acked', outcomes.filter((outcome) => outcome === 'taken').length);
        return outcomes;
      },
      settled: (request, outcome) => this.settle(request, outcome),
      failed: (request) => {
        this.keepUnsent(request);
        this.countSettled(request.connection);
      },
    });
  }

  /** No ack is waiting or under way. */
  get isIdle(): boolean {
    return this.acks.isIdle;
  }

  /** The device acks a message. Answers false when none of this id is in flight to it, or it acked it before. */
  acknowledge(connection: Connection, messageId: string): boolean {
    const progress = progressOf(connection);
    progress.hasAcked = true;
    const message = progress.inFlight?.acknowledgeById(messageId);
    if (!message) return this.mayAckEarly(connection) && progress.addEarlyAck(messageId);
    this.parts.slowStarts.received(connection, message);
    this.send(connection, message);
    return true;
  }

  /** A device may ack what an earlier connection was sent as soon as it is back: the queue will show it again. */
  private mayAckEarly({ state, progress }: Connection): boolean {
    return state === 'registering' || progress.cursor < progress.backlogSeq;
  }

  /** The message was written to a connection whose device may have acked it before. */
  acknowledgeIfEarly(connection: Connection, message: InFlightMessage): void {
    if (message.ackable && progressOf(connection).takeEarlyAck(message)) this.acknowledgeMessage(connection, message);
  }

  /** A message in flight is acked, or counts as that. */
  acknowledgeMessage(connection: Connection, message: InFlightMessage): void {
    progressOf(connection).inFlight?.acknowledge(message);
    this.parts.slowStarts.received(connection, message);
    this.send(connection, message);
  }

  /** A message whose number is unknown is acked when the queue shows it again, if it does. */
  send(connection: Connection, message: InFlightMessage): void {
    const { seq, bytes, digest } = message;
    if (seq === 0) return;
    const { device, session, shard, progress, holding } = connection;
    const { isRecovering, numbering } = progress;
    const expiresAtMs = message.ackable ? message.expiresAtMs : 0;
    const ack = { shard, device, session, seq, bytes, digest, expiresAtMs };
    const request: AckRequest = { connection, message, numbering, ...ack };
    if (!isRecovering && !holding.isUnsettled && this.acks.add(request)) progressOf(connection).acksUnderWay += 1;
    else this.keepUnsent(request);
  }

  /** The connection holds its device: sends what did not get through, as much as is taken. */
  sendAgain(connection: Connection): void {
    for (const message of progressOf(connection).inFlight?.takeUnsent() ?? []) this.send(connection, message);
  }

  private settle(request: AckRequest, outcome: Acknowledged): void {
    const { connection, message } = request;
    if (outcome === 'notHeld') {
      this.keepUnsent(request);
      if (connection.isOpen) this.parts.doubtful.add(connection);
    } else {
      progressOf(connection).inFlight?.confirm(message, this.parts.clock.now());
    }
    this.countSettled(connection);
  }

  private keepUnsent({ connection, message, numbering }: AckRequest): void {
    if (connection.progress.numbering !== numbering) return;
    progressOf(connection).inFlight?.keepUnsent(message);
    this.parts.doubtful.addFailed(connection);
  }

  /** The session of a closed connection ends after its acks: they count only for the holder. */
  private countSettled(connection: Connection): void {
    const progress = progressOf(connection);
    progress.acksUnderWay -= 1;
    if (progress.acksUnderWay > 0 || connection.isOpen) return;
    this.parts.deregistrations.deregister(connection.device, connection.session);
  }
}
