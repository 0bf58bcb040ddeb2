import type { Envelope, Page, QueuedMessage, Reader } from '@openrelay/state';
import { Batch } from '../batching/batch';
import type { Connection } from '../connection/connection';
import { frameFor, type Outbox } from '../connection/outbox';
import { type AcknowledgementEvents, type AcknowledgementParts, Acknowledgements } from './acknowledgements';
import { ImplicitAcks } from './implicit-acks';
import { InFlight } from './in-flight';
import type { LiveHandover } from './live-handover';

/** A connection with more than this on its way to the device is behind, and reads from its queue as it drains. */
export const highWaterBytes = 1024 * 1024;
const lowWaterBytes = highWaterBytes / 2;

type PullRequest = Reader & { connection: Connection; wanted: number };

export type DeliveryEvents = AcknowledgementEvents & {
  /** The socket of a connection is backed up, or has room again. */
  backpressure: (connection: Connection, mark: 'behind' | 'keeping up') => void;
  /** So many messages of a queue are damaged, and were passed over. */
  unreadable: (messages: number) => void;
};

export type DeliveryParts = AcknowledgementParts & {
  outbox: Outbox;
  handover: LiveHandover;
  maxQueued: number;
};

/**
 * HOT PATH, outwards. Each connection is handed its queue in order, from its cursor on: straight from the publish when the
 * number is the next one, by pulling from the queue otherwise.
 */
export class Delivery {
  private readonly pulls: Batch<PullRequest, Page>;
  readonly acks: Acknowledgements;
  readonly implicitAcks: ImplicitAcks;

  constructor(
    private readonly parts: DeliveryParts,
    private readonly events: DeliveryEvents,
  ) {
    const { tick, shards, queue } = parts;
    this.acks = new Acknowledgements(parts, events);
    this.implicitAcks = new ImplicitAcks((connection, message) => this.acks.send(connection, message));
    this.pulls = new Batch(shards, tick, {
      maxItems: 8, // each may answer half a MiB
      run: (shard, requests) => queue.pull(shard, requests),
      settled: (request, page) => this.takePage(request, page),
      failed: ({ connection }) => {
        connection.isPulling = false; // pulled again when Redis is back
      },
    });
  }

  /** A connection has (again) become the holder of its device: it is owed all of its queue behind the cursor. */
  begin(connection: Connection, lastSeq: number, depth: number): void {
    connection.isRecovering = false;
    connection.backlogSeq = lastSeq;
    connection.wanted = Math.max(connection.wanted, lastSeq);
    if (depth > 0 || connection.wanted > lastSeq) {
      this.pull(connection);
      return;
    }
    connection.cursor = lastSeq;
    connection.ackedEarly = undefined;
    this.parts.handover.release(connection, lastSeq + 1);
  }

  /** A message was accepted for the holder of a session. Answers whether it went to the device already. */
  live(connection: Connection, message: QueuedMessage): boolean {
    if (message.seq <= connection.cursor) return true; // a pull was faster
    // Expired as soon as accepted: Redis's clock was set back, or we are late. Redis knows which.
    if (!this.isNext(connection, message.seq) || this.isExpired(message)) {
      this.wake(connection, message.seq);
      return false;
    }
    connection.wanted = Math.max(connection.wanted, message.seq);
    const outcome = this.hand(connection, message);
    if (outcome === 'handed') {
      this.observe('accepted_to_delivered_seconds', message);
      this.parts.metrics.count('messages_delivered_live');
    }
    return outcome !== 'passed';
  }

  private isNext(connection: Connection, seq: number): boolean {
    const isReading = connection.isPulling || connection.isRecovering || connection.state !== 'registered';
    const isNext = seq === connection.cursor + 1 && !isReading && this.hasRoom(connection);
    return isNext && !connection.liveOnly?.blocks(seq);
  }

  /** Something lies in the queue up to this number. */
  wake(connection: Connection, seq: number): void {
    connection.wanted = Math.max(connection.wanted, seq);
    if (connection.wanted > connection.cursor) this.pull(connection);
    else this.parts.handover.release(connection, connection.cursor + 1);
  }

  /** There is less on its way to the device: it has read some, or its socket took all. */
  drained(connection: Connection): void {
    connection.bufferedBytes = connection.socket.bufferedBytes();
    if (!connection.isBehind || connection.pendingBytes > lowWaterBytes) return;
    connection.isBehind = false;
    this.events.backpressure(connection, 'keeping up');
    this.wake(connection, connection.wanted);
  }

  /** Whether anything may be written to the socket; notes it when that changes. */
  hasRoom(connection: Connection): boolean {
    if (connection.isBehind) return false;
    if (connection.pendingBytes <= highWaterBytes) return true;
    connection.isBehind = true;
    this.events.backpressure(connection, 'behind');
    return false;
  }

  private pull(connection: Connection): void {
    const { isPulling, isRecovering, state, shard, device, session, cursor, wanted } = connection;
    if (isPulling || isRecovering || state !== 'registered' || !this.hasRoom(connection)) return;
    if (connection.liveOnly?.blocks(cursor + 1)) return; // it is read on when that is there
    connection.isPulling = this.pulls.add(shard, { connection, device, session, cursor, wanted });
    if (connection.isPulling) this.parts.metrics.count('pulls');
  }

  private takePage({ connection, session, cursor, wanted }: PullRequest, page: Page): void {
    connection.isPulling = false;
    if (page.status === 'page') this.note(page);
    if (!connection.isOpen) return;
    if (connection.session !== session) {
      this.wake(connection, connection.wanted); // it was named anew, and could not pull while this was under way
      return;
    }
    if (page.status === 'gone') {
      this.events.gone(connection);
      return;
    }
    if (connection.cursor !== cursor) {
      this.wake(connection, connection.wanted); // the cursor was set anew meanwhile
      return;
    }
    for (const message of page.messages) {
      connection.wanted = Math.max(connection.wanted, message.seq);
      // Goes on where the cursor is when the socket drains, or what comes first is there.
      if (!this.hasRoom(connection) || connection.liveOnly?.blocks(message.seq)) return;
      if (this.hand(connection, message) === 'handed') this.observe('time_in_queue_seconds', message);
    }
    connection.cursor = Math.max(connection.cursor, page.more ? page.cursor : Math.max(page.cursor, wanted));
    this.parts.handover.release(connection, connection.cursor + 1);
    if (connection.cursor >= connection.backlogSeq) connection.ackedEarly = undefined;
    if (page.more || connection.wanted > connection.cursor) this.pull(connection);
  }

  private note({ expired, unreadable }: Extract<Page, { status: 'page' }>): void {
    this.parts.metrics.add('messages_expired', expired);
    if (unreadable > 0) this.events.unreadable(unreadable);
  }

  private observe(
    metric: 'accepted_to_delivered_seconds' | 'time_in_queue_seconds',
    { acceptedAtMs }: QueuedMessage,
  ): void {
    const { link, metrics } = this.parts;
    // Our notion of Redis's clock may run a little behind it.
    metrics.observe(metric, Math.max(0, link.clock.now() - acceptedAtMs) / 1000);
  }

  private isExpired({ expiresAtMs }: QueuedMessage): boolean {
    return expiresAtMs <= this.parts.link.clock.now();
  }

  /** `repeated`: the connection was handed it before. `passed`: there is nothing to hand over. */
  private hand(connection: Connection, message: QueuedMessage): 'handed' | 'repeated' | 'passed' {
    const { seq, bytes, expiresAtMs, envelope } = message;
    this.parts.handover.release(connection, seq);
    connection.cursor = seq;
    if (this.isExpired(message)) return 'passed';
    connection.handed ??= new InFlight(2 * this.parts.maxQueued);
    if (this.isRepeat(connection, connection.handed, seq, bytes, envelope)) return 'repeated';

    // What cannot be said to this device stays in the queue, for a connection of the other encoding.
    const frame = frameFor(connection.encoding, envelope.sealed);
    if (frame === undefined) return 'passed';

    const { id, sender, ackable } = envelope;
    const handed = { id, sender, seq, bytes, ackable, expiresAtMs, writtenAtMs: 0, next: undefined };
    connection.handed.add(handed, this.parts.link.clock.now());
    this.implicitAcks.watch(connection, handed);
    const isRepeat = connection.liveOnly?.hasHanded(envelope);
    if (!isRepeat) this.parts.outbox.add(connection, frame);
    this.acks.handed(connection, handed);
    return isRepeat ? 'repeated' : 'handed';
  }

  /** After Redis lost what came last, the queue may hold what this connection was handed, or acked, before. */
  private isRepeat(
    connection: Connection,
    handed: InFlight,
    seq: number,
    bytes: number,
    { id, sender }: Envelope,
  ): boolean {
    const before = handed.findUnnumbered(id, sender);
    if (before) {
      before.seq = seq;
      before.bytes = bytes;
      return true;
    }
    const acked = connection.hasRecovered ? handed.findAcked(id, sender) : undefined;
    if (!acked) return false;
    acked.seq = seq;
    acked.bytes = bytes;
    this.acks.send(connection, acked);
    return true;
  }

  /** Redis was away: numbers are unknown until the queue is read again from its start. */
  recover(connection: Connection): void {
    this.parts.handover.abandon(connection, 'behind');
    connection.isRecovering = true;
    connection.hasRecovered = true;
    connection.numbering += 1;
    connection.cursor = 0;
    connection.wanted = 0;
    connection.handed?.forgetNumbers();
  }
}
