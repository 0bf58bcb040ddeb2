import type { Envelope } from '@openrelay/state';
import type { Backpressure } from '../connection/backpressure';
import { type Connection, liveOnlyOf, progressOf } from '../connection/connection';
import { type HeldOffer, type LiveOffer, LiveOnly } from '../connection/live-only';
import { frameFor, type Outbox } from '../connection/outbox';
import type { LiveAnswers } from './live-answers';

export type LiveHandoverParts = {
  /** Redis's. */
  clock: { now: () => number };
  outbox: Pick<Outbox, 'add'>;
  answers: LiveAnswers;
  backpressure: Backpressure;
};

/** Made when it is first needed. */
function liveOnlyFor(connection: Connection): LiveOnly {
  const owned = liveOnlyOf(connection);
  owned.liveOnly ??= new LiveOnly();
  return owned.liveOnly;
}

/**
 * Hands live-only messages to connections of this node. A message that must come after queued ones waits here until they
 * were written. After its deadline nothing is handed over: the sender has been refused.
 */
export class LiveHandover {
  /** Connections for which messages wait, or did a moment ago. */
  private readonly holding = new Set<Connection>();

  constructor(private readonly parts: LiveHandoverParts) {}

  /** No message waits. */
  get isIdle(): boolean {
    return !Array.from(this.holding).some(({ liveOnly }) => liveOnly?.isHolding);
  }

  isLate({ deadlineMs }: LiveOffer): boolean {
    return this.parts.clock.now() > deadlineMs;
  }

  /** Keeps a message until the queue was read as far as it reaches now, and, without an envelope, until it is fetched. */
  hold(connection: Connection, offer: LiveOffer, envelope: Envelope | undefined): HeldOffer | undefined {
    const liveOnly = liveOnlyFor(connection);
    const afterSeq = offer.digest === '' ? 0 : connection.progress.wanted;
    const held = liveOnly.hold(offer, afterSeq, envelope);
    if (held) this.holding.add(connection);
    else this.parts.answers.answer(offer, 'behind');
    return held;
  }

  /** HOT PATH. The queue was read as far as this number: hands over what comes before its message. */
  release(connection: Connection, seq: number): void {
    if (!connection.liveOnly?.isHolding) return;
    const { answers, backpressure } = this.parts;
    for (const { offer, envelope } of connection.liveOnly.removeReady(seq)) {
      if (this.isLate(offer)) answers.late(1);
      else if (backpressure.pauseIfFull(connection)) answers.answer(offer, 'behind');
      else this.handOver(connection, offer, envelope);
    }
  }

  /** The queue is not read any further: messages that wait for it are refused. */
  abandon(connection: Connection, outcome: 'behind' | 'absent'): void {
    for (const { offer } of connection.liveOnly?.remove(() => true) ?? []) this.parts.answers.answer(offer, outcome);
  }

  /** It could not be fetched. */
  drop(connection: Connection, held: HeldOffer): void {
    connection.liveOnly?.remove((one) => one === held);
    this.parts.answers.answer(held.offer, 'behind');
  }

  /** Drops messages that are too late. Answers the connections whose queues these may have held up. */
  dropLate(): Connection[] {
    const unblocked: Connection[] = [];
    for (const connection of this.holding) {
      const late = connection.liveOnly?.remove(({ offer }) => this.isLate(offer)) ?? [];
      this.parts.answers.late(late.length);
      if (late.length > 0) unblocked.push(connection);
      if (!connection.liveOnly?.isHolding) this.holding.delete(connection);
    }
    return unblocked;
  }

  handOver(connection: Connection, offer: LiveOffer, envelope: Envelope): void {
    const { answers, outbox } = this.parts;
    // It came from the queue, before Redis lost its last second, and the note of it with that.
    if (envelope.ackable && progressOf(connection).inFlight?.has(envelope.id, envelope.digest)) {
      answers.answer(offer, 'handed', connection);
      return;
    }
    const frame = frameFor(connection.encoding, envelope.sealed);
    if (frame === undefined) {
      answers.answer(offer, 'absent');
      return;
    }
    if (offer.digest !== '') liveOnlyFor(connection).handedOver(offer.digest);
    outbox.add(connection, frame);
    answers.handedOver(connection, offer);
  }
}
