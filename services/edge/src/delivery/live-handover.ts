import {
  type Envelope,
  type Forwarder,
  type HandOutcome,
  type LiveNotice,
  liveRepeatKeyOf,
  type RedisLink,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import { frameFor, type Outbox } from '../connection/outbox';
import { LiveAnswers } from './live-answers';

/** Live-only messages that may wait for one connection, and their bytes; one of any size may. */
export const maxHeld = 64;
export const maxHeldBytes = 1024 * 1024;
/** Ids that a connection was handed and of which Redis does not know yet. */
export const maxUnnoted = 64;

/**
 * A message to be handed to a connection of this node. `asker` is the node that waits for the answer; when this one asks
 * itself it is '', and `settled` is called.
 */
export type LiveOffer = Omit<LiveNotice, 'kind' | 'session'> & { settled?: (outcome: HandOutcome) => void };

/** An offer that waits: for the queue to be read as far as `afterSeq`, or for itself to be fetched. */
export type HeldOffer = { offer: LiveOffer; afterSeq: number; envelope: Envelope | undefined };

type Fetch = { connection: Connection; held: HeldOffer; name: string };

/** Whoever reads the queue of a connection. */
export type QueueReader = {
  /** Whether anything may be written to the socket. */
  hasRoom: (connection: Connection) => boolean;
  /** Something lies in the queue up to this number. */
  wake: (connection: Connection, seq: number) => void;
};

export type LiveHandoverParts = {
  tick: Tick;
  shards: number;
  link: RedisLink;
  forwarder: Forwarder;
  outbox: Outbox;
  metrics: Metrics;
};

/**
 * Hands live-only messages to connections of this node, and answers who asked what became of each. A `Send` comes after what
 * lies before it in the queue. Nothing is handed over after its deadline, when the sender has been refused.
 */
export class LiveHandover {
  readonly answers: LiveAnswers;
  private readonly fetches: Batch<Fetch, Envelope | undefined>;
  private readonly holding = new Set<Connection>();
  private handedNow: { connection: Connection; offer: LiveOffer }[] = [];

  constructor(
    private readonly parts: LiveHandoverParts,
    private readonly reader: QueueReader,
  ) {
    const { tick, shards, forwarder } = parts;
    tick.eachAsk(() => this.answerHanded()); // before the answers leave
    this.answers = new LiveAnswers(tick, shards, forwarder);
    this.fetches = new Batch(shards, tick, {
      bytesOf: ({ held }) => held.offer.bytes,
      run: (shard, batch) =>
        forwarder.fetch(
          shard,
          batch.map(({ name }) => name),
        ),
      settled: (fetch, envelope) => this.takeFetched(fetch, envelope),
      failed: (fetch) => this.takeFetched(fetch, undefined),
    });
  }

  /** Nobody waits for an answer of this node. */
  get isIdle(): boolean {
    return this.holding.size === 0 && this.handedNow.length === 0 && this.answers.isIdle;
  }

  /** @param holder of the recipient on this node, if one is */
  offer(holder: Connection | undefined, offer: LiveOffer): void {
    if (this.isLate(offer)) return;
    if (holder?.state !== 'registered') {
      this.answer(offer, holder?.state === 'registering' ? 'behind' : 'absent');
      return;
    }
    if (holder.unnoted?.has(offer.repeatKey)) {
      this.answer(offer, 'handed', holder); // before; the answer got lost
      return;
    }
    if (holder.isRecovering || !this.reader.hasRoom(holder)) {
      this.answer(offer, 'behind');
      return;
    }
    this.take(holder, offer);
  }

  private take(holder: Connection, offer: LiveOffer): void {
    const { content, repeatKey, seq } = offer;
    if (repeatKey !== '' && seq > holder.wanted) this.reader.wake(holder, seq);
    if (typeof content === 'string') this.fetch(holder, offer, content);
    else if (this.mustWait(holder, offer)) this.hold(holder, offer, content);
    else this.hand(holder, offer, content);
  }

  private isLate({ deadlineMs }: LiveOffer): boolean {
    const isLate = this.parts.link.clock.now() > deadlineMs;
    if (isLate) this.parts.metrics.count('live_only_dropped');
    return isLate;
  }

  /** What has no id of its sender's keeps no order with what is queued. */
  private mustWait({ wanted, cursor, isPulling, held }: Connection, { repeatKey }: LiveOffer): boolean {
    return repeatKey !== '' && (wanted > cursor || isPulling || held !== undefined);
  }

  private fetch(connection: Connection, offer: LiveOffer, name: string): void {
    const held = this.hold(connection, offer, undefined);
    if (held && !this.fetches.add(connection.shard, { connection, held, name })) this.drop(connection, held);
  }

  private hold(connection: Connection, offer: LiveOffer, envelope: Envelope | undefined): HeldOffer | undefined {
    const others = connection.held ?? [];
    const bytes = others.reduce((sum, held) => sum + held.offer.bytes, offer.bytes);
    if (others.length >= maxHeld || (others.length > 0 && bytes > maxHeldBytes)) {
      this.answer(offer, 'behind');
      return undefined;
    }
    const held = { offer, afterSeq: offer.repeatKey === '' ? 0 : connection.wanted, envelope };
    connection.held = [...others, held];
    this.holding.add(connection);
    return held;
  }

  private takeFetched({ connection, held }: Fetch, envelope: Envelope | undefined): void {
    if (!connection.held?.includes(held)) return; // its connection is gone, or its time is up
    if (!envelope) {
      this.drop(connection, held);
      return;
    }
    held.envelope = envelope;
    this.goOn(connection);
  }

  private drop(connection: Connection, held: HeldOffer): void {
    this.keep(
      connection,
      (connection.held ?? []).filter((one) => one !== held),
    );
    this.answer(held.offer, 'behind');
    this.goOn(connection);
  }

  private keep(connection: Connection, held: HeldOffer[]): void {
    connection.held = held.length > 0 ? held : undefined;
    if (held.length === 0) this.holding.delete(connection);
  }

  /** One of those that wait may have stood in the way of others, and of the queue. */
  private goOn(connection: Connection): void {
    this.release(connection, connection.cursor + 1);
    this.reader.wake(connection, connection.wanted);
  }

  /** Whether a message of this number must wait for one that is being fetched, and was there before it. */
  blocks({ held }: Connection, seq: number): boolean {
    const first = held?.[0];
    return first !== undefined && first.envelope === undefined && first.afterSeq < seq;
  }

  /** Hands over what waited for messages before this one. */
  release(connection: Connection, seq: number): void {
    const { held } = connection;
    if (held === undefined) return;
    let count = 0;
    for (const { offer, afterSeq, envelope } of held) {
      if (afterSeq >= seq || envelope === undefined) break;
      count += 1;
      if (this.isLate(offer)) continue;
      if (this.reader.hasRoom(connection)) this.hand(connection, offer, envelope);
      else this.answer(offer, 'behind');
    }
    if (count > 0) this.keep(connection, held.slice(count));
  }

  /** The queue is not read on: what waits for it is refused. */
  abandon(connection: Connection, outcome: 'behind' | 'absent'): void {
    const held = connection.held ?? [];
    this.keep(connection, []);
    for (const { offer } of held) this.answer(offer, outcome);
  }

  /** Lets go of what nobody waits for any more. To be called now and then. */
  dropLate(): void {
    for (const connection of this.holding) {
      const held = connection.held ?? [];
      const timely = held.filter(({ offer }) => !this.isLate(offer));
      if (timely.length === held.length) continue;
      this.keep(connection, timely);
      this.goOn(connection);
    }
  }

  private hand(connection: Connection, offer: LiveOffer, envelope: Envelope): void {
    // From the queue, before Redis lost what came last: with it went the note that says so.
    if (envelope.ackable && connection.handed?.has(envelope.id, envelope.sender)) {
      this.answer(offer, 'handed', connection);
      return;
    }
    const frame = frameFor(connection.encoding, envelope.sealed);
    if (frame === undefined) {
      this.answer(offer, 'absent');
      return;
    }
    if (offer.repeatKey !== '') {
      connection.acksExcused += 1;
      this.remember(connection, offer.repeatKey);
    }
    this.parts.outbox.add(connection, frame);
    this.handedNow.push({ connection, offer });
  }

  /** Until Redis knows of it: else a repeat, whose sender did not handleNotices the answer, would come twice. */
  private remember(connection: Connection, repeatKey: string): void {
    connection.unnoted ??= new Set();
    const { unnoted } = connection;
    if (unnoted.size >= maxUnnoted) unnoted.delete(unnoted.values().next().value!);
    unnoted.add(repeatKey);
  }

  private forget(connection: Connection, repeatKey: string): void {
    connection.unnoted?.delete(repeatKey);
    if (connection.unnoted?.size === 0) connection.unnoted = undefined;
  }

  /** Whether a message that is in the queue too was handed to the connection, its sender being told otherwise. */
  hasHanded({ unnoted }: Connection, envelope: Envelope): boolean {
    return unnoted?.has(liveRepeatKeyOf(envelope)) ?? false;
  }

  /** A connection that was closed in the same turn got nothing. */
  private answerHanded(): void {
    if (this.handedNow.length === 0) return;
    const handed = this.handedNow;
    this.handedNow = [];
    for (const { connection, offer } of handed) this.answer(offer, connection.isOpen ? 'handed' : 'absent', connection);
  }

  private answer(offer: LiveOffer, outcome: HandOutcome, holder?: Connection): void {
    const { device: recipient, repeatKey, asker, number } = offer;
    this.parts.metrics.count(outcome === 'handed' ? 'live_only_forwarded' : 'live_only_dropped');
    offer.settled?.(outcome);
    if (repeatKey === '' && asker === '') return;
    const noted = () => {
      if (holder) this.forget(holder, repeatKey);
    };
    this.answers.add({ recipient, repeatKey, outcome, asker, number, noted });
  }
}
