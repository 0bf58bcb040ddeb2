import type { Acknowledged, Acknowledgement, MessageQueue, RedisLink } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import { type InFlightMessage, keyOf } from './in-flight';

/** Acks that come ahead of their messages; as many as there may be in a queue by default. */
export const maxEarly = 1000;

/** `numbering` is the connection's when it was asked: a recovery makes numbers of before mean nothing. */
type AckRequest = Acknowledgement & { connection: Connection; message: InFlightMessage; numbering: number };

export type AcknowledgementEvents = {
  /** All acks of a closed connection have reached Redis. */
  settledAcks: (connection: Connection) => void;
  /** Redis says that the session no longer holds its device. */
  gone: (connection: Connection) => void;
};

export type AcknowledgementParts = {
  tick: Tick;
  shards: number;
  link: RedisLink;
  queue: MessageQueue;
  metrics: Metrics;
};

/** HOT PATH. What devices acknowledge, on its way to Redis. */
export class Acknowledgements {
  private readonly acks: Batch<AckRequest, Acknowledged>;

  constructor(
    private readonly parts: AcknowledgementParts,
    private readonly events: AcknowledgementEvents,
  ) {
    const { tick, shards, queue, metrics } = parts;
    this.acks = new Batch(shards, tick, {
      run: async (shard, requests) => {
        const outcomes = await queue.acknowledge(shard, requests);
        metrics.add('messages_acked', outcomes.filter((outcome) => outcome === 'taken').length);
        return outcomes;
      },
      settled: (request, outcome) => this.take(request, outcome),
      failed: (request) => {
        this.keepUnsent(request);
        this.settle(request.connection);
      },
    });
  }

  /** No ack is waiting or under way. */
  get isIdle(): boolean {
    return this.acks.isIdle;
  }

  /** The device acknowledges a message. Answers false when it was not handed one of this id, or acked it before. */
  acknowledge(connection: Connection, messageId: string): boolean {
    connection.hasAcked = true;
    const message = connection.handed?.takeById(messageId);
    if (!message) return this.noteEarly(connection, messageId);
    this.send(connection, message);
    return true;
  }

  /** A device may ack what an earlier connection handed it as soon as it is back: the queue will show it again. */
  private noteEarly(connection: Connection, messageId: string): boolean {
    if (connection.state !== 'registering' && connection.cursor >= connection.backlogSeq) return false;
    connection.ackedEarly ??= new Set();
    const countBefore = connection.ackedEarly.size;
    if (countBefore < maxEarly) connection.ackedEarly.add(keyOf(messageId));
    return connection.ackedEarly.size > countBefore;
  }

  /** The message was handed over, and may have been acked before. */
  handed(connection: Connection, message: InFlightMessage): void {
    if (!message.ackable || message.seq > connection.backlogSeq) return;
    if (!connection.ackedEarly?.delete(keyOf(message.id))) return;
    connection.handed?.take(message);
    this.send(connection, message);
  }

  /** A message whose number is unknown is acked when the queue shows it again, if it does. */
  send(connection: Connection, message: InFlightMessage): void {
    const { seq, bytes } = message;
    if (seq === 0) return;
    const { device, session, shard, isRecovering, isUnsettled, numbering } = connection;
    const request: AckRequest = { connection, message, numbering, device, session, seq, bytes };
    if (!isRecovering && !isUnsettled && this.acks.add(shard, request)) connection.acksUnderWay += 1;
    else this.keepUnsent(request);
  }

  /** The connection holds its device: sends what did not get through, as much as is taken. */
  sendAgain(connection: Connection): void {
    for (const message of connection.handed?.takeUnsent() ?? []) this.send(connection, message);
  }

  private take(request: AckRequest, outcome: Acknowledged): void {
    const { connection, message } = request;
    if (outcome === 'notHeld') {
      this.keepUnsent(request);
      if (connection.isOpen) this.events.gone(connection);
    } else {
      connection.handed?.confirm(message, this.parts.link.clock.now());
    }
    this.settle(connection);
  }

  private keepUnsent({ connection, message, numbering }: AckRequest): void {
    if (connection.numbering === numbering) connection.handed?.keepUnsent(message);
  }

  private settle(connection: Connection): void {
    connection.acksUnderWay -= 1;
    if (connection.acksUnderWay === 0 && !connection.isOpen) this.events.settledAcks(connection);
  }
}
