import type { Envelope, Forwarder } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Backpressure } from '../connection/backpressure';
import type { Connection } from '../connection/connection';
import type { HeldOffer, LiveOffer } from '../connection/live-only';
import type { Delivery } from './delivery';
import type { LiveAnswers } from './live-answers';
import type { LiveHandover } from './live-handover';

type Fetch = { shard: number; connection: Connection; held: HeldOffer; name: string };

export type LiveOfferParts = {
  tick: Tick;
  link: Lanes;
  forwarder: Pick<Forwarder, 'fetch'>;
  answers: LiveAnswers;
  handover: LiveHandover;
  backpressure: Backpressure;
  delivery: Pick<Delivery, 'wake'>;
};

/**
 * Decides on each live-only message that this node or another offers to a connection: it is handed over, waits, or is refused.
 * A `Send` comes after what lies before it in the queue. A large message is fetched first.
 */
export class LiveOffers {
  private readonly fetches: Batch<Fetch, Envelope | undefined>;

  constructor(private readonly parts: LiveOfferParts) {
    const { tick, link, forwarder } = parts;
    this.fetches = new Batch(link, tick, {
      bytesOf: ({ held }) => held.offer.bytes,
      run: (_, batch) => forwarder.fetch(batch),
      settled: (fetch, envelope) => this.settleFetch(fetch, envelope),
      failed: (fetch) => this.settleFetch(fetch, undefined),
    });
  }

  /** @param holder of the recipient on this node, if one is */
  offer(holder: Connection | undefined, offer: LiveOffer): void {
    const { answers, handover, backpressure } = this.parts;
    if (handover.isLate(offer)) answers.late(1);
    else if (holder?.state !== 'registered')
      answers.answer(offer, holder?.state === 'registering' ? 'behind' : 'absent');
    else if (holder.liveOnly?.remembers(offer.digest))
      answers.answer(offer, 'handed', holder); // again: the answer got lost
    else if (holder.progress.isRecovering || backpressure.pauseIfFull(holder)) answers.answer(offer, 'behind');
    else this.accept(holder, offer);
  }

  private accept(holder: Connection, offer: LiveOffer): void {
    const { delivery, handover } = this.parts;
    const { content, digest, seq } = offer;
    if (digest !== '' && seq > holder.progress.wanted) delivery.wake(holder, seq);
    if (typeof content === 'string') this.fetch(holder, offer, content);
    else if (this.mustWait(holder, offer)) handover.hold(holder, offer, content);
    else handover.handOver(holder, offer, content);
  }

  /** Messages without an id of their sender's need not keep their order with queued ones. */
  private mustWait({ progress, liveOnly }: Connection, { digest }: LiveOffer): boolean {
    return digest !== '' && (progress.hasMore || progress.isPulling || liveOnly?.isHolding === true);
  }

  private fetch(connection: Connection, offer: LiveOffer, name: string): void {
    const held = this.parts.handover.hold(connection, offer, undefined);
    if (held && !this.fetches.add({ shard: connection.shard, connection, held, name })) this.drop(connection, held);
  }

  private settleFetch({ connection, held }: Fetch, envelope: Envelope | undefined): void {
    if (!connection.liveOnly?.isHeld(held)) return; // its connection is gone, or its time is up
    if (!envelope) {
      this.drop(connection, held);
      return;
    }
    held.envelope = envelope;
    this.goOn(connection);
  }

  private drop(connection: Connection, held: HeldOffer): void {
    this.parts.handover.drop(connection, held);
    this.goOn(connection);
  }

  /** A message that waited may have held up others, and the queue. */
  private goOn(connection: Connection): void {
    const { handover, delivery } = this.parts;
    handover.release(connection, connection.progress.cursor + 1);
    delivery.wake(connection, connection.progress.wanted);
  }

  /** Drops messages that are too late. To be called every second or so. */
  dropLate(): void {
    for (const connection of this.parts.handover.dropLate()) this.goOn(connection);
  }
}
