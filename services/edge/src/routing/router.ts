import {
  type Acceptance,
  type Accepted,
  digestOf,
  type Envelope,
  envelopeBytes,
  type Forwarder,
  type MessageQueue,
  mayHaveRun,
  type RedisLink,
  shardOf,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import type { FrameMemory } from '../connection/frame-memory';
import { liveRefusal, notAnswered, notSaid, refusal, unavailable } from '../connection/refusals';
import type { Replies } from '../connection/replies';
import type { Delivery } from '../delivery/delivery';
import type { LiveAnswers } from '../delivery/live-answers';
import type { LiveOffers } from '../delivery/live-offers';
import type { Sweeps } from '../delivery/sweeps';
import type { Sessions } from '../holders/sessions';
import { ContactTags } from './contact-tags';
import { LiveForwards, type LiveOutcome } from './live-forwards';
import type { RouteRequest } from './route-request';

/** A message on its way into its recipient's queue. */
type StoreRequest = Acceptance & { request: RouteRequest; bytes: number; sweptBefore: boolean };

type Stored = Extract<Accepted, { seq: number }>;

export type RouterParts = {
  tick: Tick;
  node: string;
  shards: number;
  link: Pick<RedisLink, 'deadlineMs'> & Lanes;
  queue: Pick<MessageQueue, 'accept' | 'maxBytes'>;
  sweeps: Pick<Sweeps, 'sweep'>;
  forwarder: Pick<Forwarder, 'forward'>;
  offers: LiveOffers;
  answers: LiveAnswers;
  sessions: Pick<Sessions, 'findOrDeregister'>;
  delivery: Pick<Delivery, 'deliver'>;
  replies: Pick<Replies, 'accepted' | 'refuse'>;
  frames: Pick<FrameMemory, 'release'>;
  doubtful: Pick<DoubtfulConnections, 'addShards'>;
  metrics: Metrics;
  commandTimeoutMs: number;
  /** Senders are told `queued` always. */
  hidePresence: boolean;
};

/** HOT PATH, inwards. Stores admitted messages in their recipients' queues, forwards live-only ones, and answers the senders. */
export class Router {
  private readonly accepts: Batch<StoreRequest, Accepted>;
  readonly forwards: LiveForwards;
  private readonly tags = new ContactTags();
  private madeIds = 0;

  constructor(private readonly parts: RouterParts) {
    const { tick, link, queue } = parts;
    this.accepts = new Batch(link, tick, {
      bytesOf: ({ bytes }) => bytes,
      run: (lane, stores) => this.tags.ask(stores, (asked) => queue.accept(lane, asked)),
      settled: (store, verdict) => this.settleStore(store, verdict),
      failed: (store, error) => this.failStore(store, error),
    });
    this.forwards = new LiveForwards({
      ...parts,
      tags: this.tags,
      settled: (request, outcome) => this.settleLive(request, outcome),
    });
  }

  get isIdle(): boolean {
    return this.accepts.isIdle;
  }

  route(request: RouteRequest): void {
    if (request.ttlMs === 0) this.forwards.forward(request);
    else this.store(request);
  }

  private store(request: RouteRequest): void {
    const store = this.storeRequestOf(request);
    const { maxBytes } = this.parts.queue;
    if (store.bytes > maxBytes) {
      const text = `The message takes ${store.bytes} bytes of a queue, which holds ${maxBytes}. Send it in parts.`;
      this.parts.replies.refuse(request.sender, refusal('tooLarge', text, request));
    } else if (!this.forwards.follow(request, store.envelope)) this.enqueue(store);
  }

  private storeRequestOf(request: RouteRequest): StoreRequest {
    const { sender, recipient, messageId, ttlMs, sealed } = request;
    const id = messageId ?? this.makeId();
    const envelope: Envelope = {
      digest: digestOf(recipient, sender.device, id),
      sender: sender.device,
      id,
      ackable: messageId !== undefined,
      sealed,
    };
    const shard = shardOf(recipient, this.parts.shards);
    const bytes = envelopeBytes(envelope);
    const senderIsKnown = sender.holding.standing === 'known';
    return { request, shard, recipient, ttlMs, senderIsKnown, envelope, bytes, sweptBefore: false };
  }

  private makeId(): string {
    this.madeIds += 1;
    return `${this.parts.node}.${this.madeIds}`;
  }

  private enqueue(store: StoreRequest): void {
    if (this.accepts.add(store)) return;
    this.parts.replies.refuse(store.request.sender, unavailable(store.request));
  }

  /** What was stored all the same, for a device of this node, is found in its queue. */
  private failStore({ request, shard }: StoreRequest, error: unknown): void {
    const { doubtful, replies } = this.parts;
    if (mayHaveRun(error)) doubtful.addShards([shard]);
    replies.refuse(request.sender, notAnswered(error, request));
  }

  private settleStore(store: StoreRequest, verdict: Accepted): void {
    const { request } = store;
    const { metrics, replies } = this.parts;
    switch (verdict.status) {
      case 'repeated':
        if (verdict.isUnconfirmed && verdict.expiresAtMs > 0) this.refuseUnconfirmed(request);
        else this.answerRepeat(request, verdict.expiresAtMs);
        return;
      case 'under way':
        // A live-only message of its id is being handed over. If that fails, this one is stored.
        if (!this.forwards.follow(request, store.envelope)) {
          replies.refuse(request.sender, liveRefusal('under way', request));
        }
        return;
      case 'stale':
        if (store.sweptBefore) this.refuseFull(request, 'full');
        else void this.sweepAndRetry(store); // never rejects
        return;
      case 'full':
      case 'short':
        this.refuseFull(request, verdict.status);
        return;
      case 'unlisted':
        this.refuseFull(request, 'listed');
        return;
      case 'listed': // asked again, and Redis did not say
        this.parts.doubtful.addShards([store.shard]);
        replies.refuse(request.sender, notSaid(request));
        return;
      case 'local':
      case 'delivered':
      case 'queued':
        metrics.count('messages_accepted');
        if (verdict.status === 'queued') metrics.count('messages_queued');
        this.settleStored(store, verdict);
    }
  }

  /** What is in the queue is delivered, also when its sender cannot be told that it is safe. */
  private settleStored(store: StoreRequest, verdict: Stored): void {
    const status = verdict.status === 'local' ? this.deliverHere(store, verdict) : verdict.status;
    const told = this.parts.hidePresence ? 'queued' : status;
    if (verdict.isUnconfirmed) this.refuseUnconfirmed(store.request);
    else this.parts.replies.accepted(store.request, told, verdict.expiresAtMs);
    this.parts.frames.release(store.request.sealed.frame);
  }

  /** This node holds the recipient. Answers what its sender may know: whether the message was written to it, or waits in the queue. */
  private deliverHere(store: StoreRequest, verdict: Extract<Stored, { status: 'local' }>): 'delivered' | 'queued' {
    const { sessions, delivery } = this.parts;
    const holder = sessions.findOrDeregister(store.recipient, verdict.session);
    if (!holder) return 'queued';
    const { seq, expiresAtMs } = verdict;
    const { bytes, envelope, ttlMs } = store;
    const message = { seq, bytes, expiresAtMs, acceptedAtMs: expiresAtMs - ttlMs, envelope };
    const isWritten = delivery.deliver(holder, message);
    return isWritten && holder.holding.presence === 'shown' ? 'delivered' : 'queued';
  }

  /** Another of its id was accepted before (`expiresAtMs` in Unix ms), or handed over and not stored (0). */
  private answerRepeat(request: RouteRequest, expiresAtMs: number): void {
    if (expiresAtMs > 0) this.parts.replies.accepted(request, 'queued', expiresAtMs);
    else this.parts.replies.accepted(request, 'delivered');
  }

  private refuseUnconfirmed(request: RouteRequest): void {
    const text = 'The message is stored, but not on enough replicas yet: send it again under the same message_id.';
    this.parts.replies.refuse(request.sender, refusal('unconfirmed', text, request));
  }

  /** One text for every reason: it tells neither how full a queue is nor whom its device takes messages from. */
  private refuseFull(request: RouteRequest, why: 'short' | 'full' | 'listed'): void {
    this.parts.metrics.count('stores_refused', why);
    const text = "The recipient's queue takes no more of this just now: try again when it has been online.";
    this.parts.replies.refuse(request.sender, refusal('full', text, request));
  }

  /** Part of a full queue has expired: it is swept, and the message is tried once more. */
  private async sweepAndRetry(store: StoreRequest): Promise<void> {
    const { sweeps, replies } = this.parts;
    try {
      await sweeps.sweep(store.shard, store.recipient);
      this.enqueue({ ...store, sweptBefore: true });
    } catch {
      replies.refuse(store.request.sender, unavailable(store.request));
    }
  }

  /** A live-only message has an outcome for each of its requests. One that may be stored is, unless the message was handed over. */
  private settleLive(request: RouteRequest, outcome: LiveOutcome): void {
    const { replies } = this.parts;
    if (outcome.status === 'handed') replies.accepted(request, 'delivered');
    else if (request.ttlMs > 0) this.enqueue(this.storeRequestOf(request));
    else if (outcome.status === 'repeated') this.answerRepeat(request, outcome.expiresAtMs);
    else replies.refuse(request.sender, liveRefusal(outcome.status, request));
  }
}
