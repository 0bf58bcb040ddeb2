import {
  type MessageQueue,
  type Page,
  type PageLimit,
  type QueuedMessage,
  type Reader,
  wholePage,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Backpressure } from '../connection/backpressure';
import { type Connection, progressOf } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import { InFlight } from '../connection/in-flight';
import { frameFor, type Outbox } from '../connection/outbox';
import type { Acknowledgements } from './acknowledgements';
import type { ImplicitAcks } from './implicit-acks';
import type { LiveHandover } from './live-handover';
import type { SlowStarts } from './slow-starts';

type PullRequest = Reader & { connection: Connection; wanted: number };

export type DeliveryParts = {
  tick: Tick;
  link: Lanes;
  /** Redis's. */
  clock: { now: () => number };
  queue: Pick<MessageQueue, 'pull'>;
  outbox: Outbox;
  backpressure: Backpressure;
  acknowledgements: Acknowledgements;
  implicitAcks: ImplicitAcks;
  handover: LiveHandover;
  doubtful: DoubtfulConnections;
  slowStarts: SlowStarts;
  metrics: Metrics;
  maxQueued: number;
  /** Something in a queue is damaged. */
  failed: (error: unknown) => void;
};

/** Whether the queue's message of this number can be written without reading the queue. */
function isNext({ progress, state, liveOnly }: Connection, seq: number): boolean {
  const { cursor, isPulling, isRecovering } = progress;
  return seq === cursor + 1 && !isPulling && !isRecovering && state === 'registered' && !liveOnly?.blocks(seq);
}

/** As much as one of them may be handed at the most: what is read beyond that would be read again. */
function pageFor(requests: readonly PullRequest[]): PageLimit {
  let [messages, bytes] = [0, 0];
  for (const { connection } of requests) {
    const { room } = connection.progress.slowStart;
    messages = Math.max(messages, room.messages);
    bytes = Math.max(bytes, room.bytes);
  }
  return { messages: Math.min(messages, wholePage.messages), bytes: Math.min(bytes, wholePage.bytes) };
}

/**
 * HOT PATH, outwards. Each connection is sent its queue in order, from its cursor on: straight from the publish when the
 * number is the next one, by pulling from the queue otherwise.
 */
export class Delivery {
  private readonly pulls: Batch<PullRequest, Page>;

  constructor(private readonly parts: DeliveryParts) {
    const { tick, link, queue, outbox, slowStarts, doubtful } = parts;
    tick.eachWrite(() => {
      for (const connection of outbox.takeWritten()) this.resume(connection);
      for (const connection of slowStarts.takeFreed()) this.goOn(connection);
    });
    this.pulls = new Batch(link, tick, {
      run: (lane, requests) => queue.pull(lane, requests, pageFor(requests)),
      settled: (request, page) => this.deliverPage(request, page),
      failed: ({ connection }) => {
        progressOf(connection).isPulling = false;
        doubtful.addFailed(connection);
      },
    });
  }

  /** A connection has (again) become the holder of its device: it is owed all of its queue after the cursor. */
  begin(connection: Connection, lastSeq: number, depth: number): void {
    const progress = progressOf(connection);
    this.parts.backpressure.resend(connection);
    progress.begin(lastSeq);
    if (depth > 0 || progress.wanted > lastSeq) {
      this.pull(connection);
      return;
    }
    progress.advance(lastSeq);
    progress.dropEarlyAcks();
    this.parts.handover.release(connection, lastSeq + 1);
  }

  /** A message was accepted for the holder of a session. Answers whether it went to the device already. */
  deliver(connection: Connection, message: QueuedMessage): boolean {
    const progress = progressOf(connection);
    if (message.seq <= progress.cursor) return true; // a pull was faster
    // Expired as soon as accepted: Redis's clock was set back, or we are late. Redis knows which.
    if (!isNext(connection, message.seq) || this.isExpired(message) || this.isHeldUp(connection)) {
      this.wake(connection, message.seq);
      return false;
    }
    progress.want(message.seq);
    const outcome = this.write(connection, message);
    if (outcome === 'written') {
      this.observe('accepted_to_delivered_seconds', message);
      this.parts.metrics.count('messages_delivered_live');
    }
    return outcome !== 'passed';
  }

  /** Something lies in the queue up to this number. */
  wake(connection: Connection, seq: number): void {
    const progress = progressOf(connection);
    progress.want(seq);
    if (progress.hasMore) this.pull(connection);
    else this.parts.handover.release(connection, progress.cursor + 1);
  }

  /** There is less on its way to the device: it has read some, or its socket took all. */
  resume(connection: Connection): void {
    if (!connection.isOpen || connection.progress.slowStart.isStuck) return;
    if (this.parts.backpressure.resumeIfDrained(connection)) this.wake(connection, connection.progress.wanted);
  }

  /** The device has shown that it receives. */
  private goOn(connection: Connection): void {
    if (connection.output.isBackpressured) this.resume(connection);
    else if (connection.isOpen) this.wake(connection, connection.progress.wanted);
  }

  /** A check has found the queue to end here. One that is ahead, and that nobody reads, lost its wake-up. */
  repair(connection: Connection, seq: number): void {
    const { cursor, isPulling, slowStart } = connection.progress;
    if (seq <= cursor) return;
    if (!connection.output.isBackpressured && !isPulling && !slowStart.isHeld)
      this.parts.metrics.count('wakeup_repairs');
    this.wake(connection, seq);
  }

  private pull(connection: Connection): void {
    const { state, shard, device, session } = connection;
    const progress = progressOf(connection);
    const { cursor, wanted } = progress;
    if (progress.isPulling || progress.isRecovering || state !== 'registered') return;
    if (this.isHeldUp(connection)) return;
    if (connection.liveOnly?.blocks(cursor + 1)) return; // that is being fetched, and then the queue is read on
    progress.isPulling = this.pulls.add({ connection, shard, device, session, cursor, wanted });
    if (progress.isPulling) this.parts.metrics.count('pulls');
    else this.parts.doubtful.addFailed(connection);
  }

  private deliverPage({ connection, session, cursor, wanted }: PullRequest, page: Page): void {
    const { handover, doubtful } = this.parts;
    const progress = progressOf(connection);
    progress.isPulling = false;
    if (page.status === 'page') this.note(page);
    if (!connection.isOpen) return;
    if (connection.session !== session) {
      this.wake(connection, progress.wanted); // it has another session now, and could not pull while this was under way
      return;
    }
    if (page.status === 'gone') {
      doubtful.add(connection);
      return;
    }
    if (progress.cursor !== cursor) {
      this.wake(connection, progress.wanted); // the cursor was set anew meanwhile
      return;
    }
    for (const message of page.messages) {
      progress.want(message.seq);
      // The rest is pulled when the socket has drained, the device has shown that it receives, or a live-only message that
      // comes first has been fetched.
      if (this.isHeldUp(connection) || connection.liveOnly?.blocks(message.seq)) return;
      if (this.write(connection, message) === 'written') this.observe('time_in_queue_seconds', message);
    }
    progress.advance(page.more ? page.cursor : Math.max(page.cursor, wanted));
    handover.release(connection, progress.cursor + 1);
    progress.dropEarlyAcks();
    if (page.more || progress.hasMore) this.pull(connection);
  }

  /** Whether nothing more may be written for now; it is read on when that changes. */
  private isHeldUp(connection: Connection): boolean {
    return this.parts.backpressure.pauseIfFull(connection) || this.parts.slowStarts.hold(connection);
  }

  private note({ expired, unreadable }: Extract<Page, { status: 'page' }>): void {
    this.parts.metrics.add('messages_expired', expired);
    if (unreadable === 0) return;
    this.parts.metrics.add('messages_unreadable', unreadable);
    this.parts.failed(new Error('a message in a queue could not be read'));
  }

  private observe(
    metric: 'accepted_to_delivered_seconds' | 'time_in_queue_seconds',
    { acceptedAtMs }: QueuedMessage,
  ): void {
    const { clock, metrics } = this.parts;
    // Our notion of Redis's clock may run a little behind it.
    metrics.observe(metric, Math.max(0, clock.now() - acceptedAtMs) / 1000);
  }

  private isExpired({ expiresAtMs }: QueuedMessage): boolean {
    return expiresAtMs <= this.parts.clock.now();
  }

  /** `repeated`: it was written to the connection before. `passed`: there is nothing to write. */
  private write(connection: Connection, message: QueuedMessage): 'written' | 'repeated' | 'passed' {
    const { seq, bytes, expiresAtMs, envelope } = message;
    this.parts.handover.release(connection, seq);
    const progress = progressOf(connection);
    progress.advance(seq);
    if (this.isExpired(message)) return 'passed';
    progress.inFlight ??= new InFlight(2 * this.parts.maxQueued);
    if (this.renumber(connection, progress.inFlight, message)) return 'repeated';

    // What cannot be said to this device stays in the queue, for a connection of the other encoding.
    const frame = frameFor(connection.encoding, envelope.sealed);
    if (frame === undefined) return 'passed';

    const { digest, id, ackable } = envelope;
    const written = { digest, id, seq, bytes, unprovenBytes: 0, ackable, expiresAtMs, writtenAtMs: 0, next: undefined };
    progress.inFlight.add(written, this.parts.clock.now());
    this.parts.implicitAcks.watch(connection, written);
    const wasHandedOver = connection.liveOnly?.wasHandedOver(envelope);
    if (!wasHandedOver) written.unprovenBytes = this.send(connection, frame);
    this.parts.acknowledgements.acknowledgeIfEarly(connection, written);
    return wasHandedOver ? 'repeated' : 'written';
  }

  /** Answers the bytes that count when the device is known to have them; 0 when they count as they leave. */
  private send(connection: Connection, frame: string | Uint8Array): number {
    const { outbox } = this.parts;
    const { slowStart } = progressOf(connection);
    if (slowStart.isOver) {
      outbox.add(connection, frame);
      return 0;
    }
    const bytes = outbox.addUncounted(connection, frame);
    slowStart.hand(bytes);
    return bytes;
  }

  /**
   * After Redis lost what came last, the queue may hold what this connection was sent, or acked, before: that gets its new
   * number. So does a message in flight that expired in the queue, and that its sender sent again. Answers whether this is such a
   * message.
   */
  private renumber(connection: Connection, inFlight: InFlight, message: QueuedMessage): boolean {
    const { seq, bytes, expiresAtMs, envelope } = message;
    const { id, digest } = envelope;
    const before = inFlight.find(id, digest);
    if (before) {
      before.seq = seq;
      before.bytes = bytes;
      before.expiresAtMs = expiresAtMs;
      return true;
    }
    const acked = connection.progress.numbering > 0 ? inFlight.findAcked(digest) : undefined;
    if (!acked) return false;
    acked.seq = seq;
    acked.bytes = bytes;
    this.parts.acknowledgements.send(connection, acked);
    return true;
  }

  /** Redis was away: numbers are unknown until the queue is read again from its start. */
  recover(connection: Connection): void {
    this.parts.handover.abandon(connection, 'behind');
    progressOf(connection).restart();
  }
}
