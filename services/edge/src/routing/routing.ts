import { type DeviceKey, encodeError, type Refusal, type Sealed } from '@openrelay/protocol';
import {
  type Acceptance,
  type Accepted,
  type Envelope,
  envelopeBytes,
  type Forwarder,
  type MessageQueue,
  type RedisLink,
  shardOf,
} from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { Outbox } from '../connection/outbox';
import { notAnswered, refusal, unavailable } from '../connection/refusals';
import { ackSender } from '../connection/sender-acks';
import type { Delivery } from '../delivery/delivery';
import type { LiveAnswers } from '../delivery/live-answers';
import type { LiveOffers } from '../delivery/live-offers';
import type { Sessions } from '../holders/sessions';
import { LiveForwards, liveRefusal } from './live-forwards';

/** A message to be stored. `messageId` is there when its sender is to be acked. */
type AcceptRequest = Acceptance & {
  sender: Connection;
  shard: number;
  messageId: string | undefined;
  bytes: number;
  sweptBefore: boolean;
};

type Stored = Extract<Accepted, { seq: number }>;

export type RoutingParts = {
  tick: Tick;
  node: string;
  shards: number;
  link: RedisLink;
  queue: MessageQueue;
  forwarder: Forwarder;
  offers: LiveOffers;
  answers: LiveAnswers;
  sessions: Sessions;
  delivery: Delivery;
  outbox: Outbox;
  metrics: Metrics;
  commandTimeoutMs: number;
  refuse: (connection: Connection, refusal: Refusal) => void;
};

/** HOT PATH, inwards. Brings admitted messages to their recipients' queues, and answers the senders. */
export class Routing {
  private readonly accepts: Batch<AcceptRequest, Accepted>;
  readonly forwards: LiveForwards;
  private madeIds = 0;

  constructor(private readonly parts: RoutingParts) {
    const { tick, shards, queue } = parts;
    this.accepts = new Batch(shards, tick, {
      bytesOf: ({ bytes }) => bytes,
      run: (shard, requests) => queue.accept(shard, requests),
      settled: (request, verdict) => this.settleAccept(request, verdict),
      failed: (request, error) => parts.refuse(request.sender, notAnswered(error, request)),
    });
    this.forwards = new LiveForwards({ ...parts, deadlineMs: () => parts.link.deadlineMs() });
  }

  get isIdle(): boolean {
    return this.accepts.isIdle && this.forwards.isIdle;
  }

  /** Queues a `Send`; it is acked when it is safe. */
  store(sender: Connection, recipient: DeviceKey, messageId: string, ttlMs: number, sealed: Sealed): void {
    const envelope = { sender: sender.device, id: messageId, ackable: true, sealed };
    this.accept(sender, recipient, ttlMs, envelope, messageId);
  }

  /** Queues a message that has no id of its own and is not acked. */
  storeUnnamed(sender: Connection, recipient: DeviceKey, ttlMs: number, sealed: Sealed): void {
    const envelope = { sender: sender.device, id: this.makeId(), ackable: false, sealed };
    this.accept(sender, recipient, ttlMs, envelope, undefined);
  }

  private makeId(): string {
    this.madeIds += 1;
    return `${this.parts.node}.${this.madeIds}`;
  }

  private accept(
    sender: Connection,
    recipient: DeviceKey,
    ttlMs: number,
    envelope: Envelope,
    messageId: string | undefined,
  ): void {
    const shard = shardOf(recipient, this.parts.shards);
    const bytes = envelopeBytes(envelope);
    const { maxBytes } = this.parts.queue;
    if (bytes > maxBytes) {
      const text = `The message takes ${bytes} bytes of a queue, which holds ${maxBytes}. Send it in parts.`;
      this.parts.refuse(sender, refusal('tooLarge', text, { messageId }));
      return;
    }
    const repeatable = messageId !== undefined;
    const accepted = { sender, shard, recipient, ttlMs, repeatable, envelope, messageId, bytes, sweptBefore: false };
    if (!repeatable || !this.follow(accepted)) this.enqueue(accepted);
  }

  private enqueue(request: AcceptRequest): void {
    if (this.accepts.add(request.shard, request)) return;
    this.parts.refuse(request.sender, unavailable(request));
  }

  private settleAccept(request: AcceptRequest, verdict: Accepted): void {
    const { metrics } = this.parts;
    switch (verdict.status) {
      case 'repeated':
        if (verdict.isUnconfirmed && verdict.expiresAtMs > 0) this.refuseUnconfirmed(request);
        else this.answerRepeat(request, verdict.expiresAtMs);
        return;
      case 'under way':
        if (!this.follow(request)) this.parts.refuse(request.sender, liveRefusal(request, 'under way'));
        return;
      case 'stale':
        if (!request.sweptBefore) {
          void this.sweepAndRetry(request); // never rejects
          return;
        }
        this.refuseFull(request, verdict.depth);
        return;
      case 'full':
        this.refuseFull(request, verdict.depth);
        return;
      case 'local':
      case 'delivered':
      case 'queued':
        metrics.count('messages_accepted');
        if (verdict.status === 'queued') metrics.count('messages_queued');
        this.settleStored(request, verdict);
    }
  }

  /** It is handed on in any case: what is in the queue is delivered, whether or not its sender is told that it is safe. */
  private settleStored(request: AcceptRequest, verdict: Stored): void {
    const status = this.handOn(request, verdict);
    if (verdict.isUnconfirmed) this.refuseUnconfirmed(request);
    else this.answer(request, status, verdict.expiresAtMs);
  }

  private refuseUnconfirmed(request: AcceptRequest): void {
    const text = 'The message is stored, but not on enough replicas yet: send it again under the same message_id.';
    this.parts.refuse(request.sender, refusal('unconfirmed', text, request));
  }

  /** Whether the message is with a live connection now, or waits in the queue. */
  private handOn(request: AcceptRequest, verdict: Stored) {
    if (verdict.status !== 'local') return verdict.status;
    const { sessions, delivery } = this.parts;
    const holder = sessions.find(verdict.session);
    if (!holder) {
      sessions.deregisterOrphan(request.recipient, verdict.session);
      return 'queued';
    }
    const { seq, expiresAtMs } = verdict;
    const { bytes, envelope, ttlMs } = request;
    const message = { seq, bytes, expiresAtMs, acceptedAtMs: expiresAtMs - ttlMs, envelope };
    return delivery.deliver(holder, message) ? 'delivered' : 'queued';
  }

  private answer(request: AcceptRequest, status: 'delivered' | 'queued', expiresAtMs: number): void {
    const { sender, messageId } = request;
    ackSender(this.parts.outbox, request, status, expiresAtMs);
    if (messageId !== undefined || status === 'delivered') return;
    const text = "The key rotation message waits in its recipient's queue until the recipient can take it.";
    this.parts.outbox.add(sender, encodeError(sender.encoding, { code: 202, text }));
  }

  private refuseFull(request: AcceptRequest, depth: number): void {
    const text = `The recipient's queue is full (${depth} messages wait): try again when it has been online.`;
    this.parts.refuse(request.sender, refusal('full', text, request));
  }

  /** Part of a full queue has expired: it is swept, and the message tried once more. */
  private async sweepAndRetry(request: AcceptRequest): Promise<void> {
    const { queue, metrics } = this.parts;
    try {
      metrics.add('messages_expired', await queue.expire(request.shard, [request.recipient]));
      this.enqueue({ ...request, sweptBefore: true });
    } catch {
      this.parts.refuse(request.sender, unavailable(request));
    }
  }

  /** Answers a message that was accepted before (times in Unix ms), or handed over and not stored (0). */
  private answerRepeat(request: AcceptRequest, expiresAtMs: number): void {
    if (expiresAtMs > 0) ackSender(this.parts.outbox, request, 'queued', expiresAtMs);
    else ackSender(this.parts.outbox, request, 'delivered');
  }

  /** Another of its id, which asks for live delivery only, is being handed over: stored is what could not be. */
  private follow(request: AcceptRequest): boolean {
    return this.forwards.follow(request.recipient, request.envelope, ({ status }) => {
      if (status === 'handed') ackSender(this.parts.outbox, request, 'delivered');
      else this.enqueue(request);
    });
  }
}
