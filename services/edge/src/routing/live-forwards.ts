import type { DeviceKey } from '@openrelay/protocol';
import {
  type DeliveryOutcome,
  type Digest,
  digestOf,
  type Envelope,
  type Forwarded,
  type Forwarder,
  type LiveKind,
  liveDigestOf,
  mayHaveRun,
  noDigest,
  type RedisLink,
  shardOf,
} from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { LiveFailure } from '../connection/refusals';
import type { LiveAnswers, LiveAsker } from '../delivery/live-answers';
import type { LiveOffers } from '../delivery/live-offers';
import type { Sessions } from '../holders/sessions';
import type { ContactTags } from './contact-tags';
import type { RouteRequest } from './route-request';

export type LiveOutcome =
  | { status: 'handed' | LiveFailure }
  /** It was handed over before, or accepted; `expiresAtMs` (Unix ms) is 0 when it was not stored. */
  | { status: 'repeated'; expiresAtMs: number };

/** A message under way. */
type Forward = {
  number: number;
  shard: number;
  recipient: DeviceKey;
  digest: Digest;
  envelope: Envelope;
  kind: LiveKind;
  tag: Uint8Array | undefined;
  bytes: number;
  deadlineMs: number;
  /** Who sent it, and who sent the same id meanwhile. */
  requests: RouteRequest[];
};

/** Forwards that may be without an answer, and their bytes; one of any size may. */
export const maxUnanswered = 8192;
export const maxUnansweredBytes = 64 * 1024 * 1024;
/** Requests of one id that may share a forward. */
export const maxRequests = 16;

export type LiveForwardParts = {
  tick: Tick;
  shards: number;
  link: Pick<RedisLink, 'deadlineMs'> & Lanes;
  forwarder: Pick<Forwarder, 'forward'>;
  sessions: Pick<Sessions, 'findOrDeregister'>;
  offers: LiveOffers;
  answers: LiveAnswers;
  tags: ContactTags;
  commandTimeoutMs: number;
  settled: (request: RouteRequest, outcome: LiveOutcome) => void;
};

/**
 * Live-only messages of this node's devices on their way to the connections of their recipients. A request is settled when
 * the node that holds the recipient has said what became of the message, and as unanswered when it does not say so in time.
 */
export class LiveForwards implements LiveAsker {
  private readonly forwards: Batch<Forward, Forwarded>;
  private readonly unanswered = new Map<number, Forward>();
  private unansweredBytes = 0;
  /** Those whose sender gave them an id. */
  private readonly byDigest = new Map<Digest, Forward>();
  private numbers = 0;

  constructor(private readonly parts: LiveForwardParts) {
    this.forwards = new Batch(parts.link, parts.tick, {
      bytesOf: ({ bytes }) => bytes,
      run: (lane, forwards) => this.run(lane, forwards),
      settled: (forward, verdict) => this.settleVerdict(forward, verdict),
      failed: (forward, error) => this.giveUp(forward, mayHaveRun(error) ? 'unanswered' : 'unavailable'),
    });
  }

  get isIdle(): boolean {
    return this.unanswered.size === 0 && this.forwards.isIdle;
  }

  /** Sends a message to the recipient's live connection, wherever it is. */
  forward(request: RouteRequest): void {
    const { sender, messageId, recipient, sealed } = request;
    const digest = messageId === undefined ? noDigest : digestOf(recipient, sender.device, messageId);
    const ackable = messageId !== undefined;
    const envelope = { digest, sender: sender.device, id: messageId ?? '', ackable, sealed };
    if (this.follow(request, envelope)) return;
    const isFull = this.unanswered.size >= maxUnanswered || this.unansweredBytes > maxUnansweredBytes;
    if (isFull) this.parts.settled(request, { status: 'unavailable' });
    else this.begin(request, envelope);
  }

  /** The request shares what becomes of a live-only message of its id that is under way. Answers false when none is. */
  follow(request: RouteRequest, envelope: Envelope): boolean {
    if (this.byDigest.size === 0) return false;
    const first = this.byDigest.get(liveDigestOf(envelope));
    if (!first) return false;
    if (first.requests.length < maxRequests) first.requests.push(request);
    else this.parts.settled(request, { status: 'under way' });
    return true;
  }

  private begin(request: RouteRequest, envelope: Envelope): void {
    const { recipient, kind } = request;
    this.numbers += 1;
    const shard = shardOf(recipient, this.parts.shards);
    const digest = liveDigestOf(envelope);
    const bytes = envelope.sealed.frame.length;
    const number = this.numbers;
    const requests = [request];
    const message = { recipient, digest, envelope, kind, tag: undefined, bytes };
    const forward: Forward = { number, shard, ...message, deadlineMs: 0, requests };
    this.unanswered.set(number, forward);
    this.unansweredBytes += bytes;
    if (digest !== '') this.byDigest.set(digest, forward);
    if (!this.forwards.add(forward)) this.settle(forward, { status: 'unavailable' });
  }

  private run(lane: number, forwards: Forward[]): Promise<Forwarded[]> {
    const deadlineMs = this.parts.link.deadlineMs();
    for (const forward of forwards) forward.deadlineMs = deadlineMs;
    const numbers = forwards.map(({ number }) => number); // not the messages, which may be large
    // Answers that came while this process was held up are read first.
    setTimeout(() => setImmediate(() => this.giveUpAll(numbers)), this.parts.commandTimeoutMs).unref();
    const { tags, forwarder } = this.parts;
    return tags.ask(forwards, (asked) => forwarder.forward(lane, asked, deadlineMs));
  }

  private giveUpAll(numbers: readonly number[]): void {
    for (const number of numbers) {
      const forward = this.unanswered.get(number);
      if (forward) this.giveUp(forward, 'unanswered');
    }
  }

  /**
   * Redis is asked to forget the note of its id, so that it may be sent again, unless it was handed over; that call leaves
   * before the refusal does. When Redis is unavailable, the note expires soon by itself.
   */
  private giveUp(forward: Forward, status: 'unavailable' | 'unanswered'): void {
    if (!this.unanswered.has(forward.number)) return;
    this.parts.answers.takeBack(forward);
    this.settle(forward, { status });
  }

  private settleVerdict(forward: Forward, verdict: Forwarded): void {
    switch (verdict.status) {
      case 'published':
        return; // its answer may have come already
      case 'listed': // asked again, and Redis did not say
        this.giveUp(forward, 'unanswered');
        return;
      case 'local':
        this.offerHere(forward, verdict);
        return;
      case 'repeated':
      case 'under way':
      case 'behind':
      case 'absent':
        this.settle(forward, verdict);
    }
  }

  /** This node holds the recipient: it offers the message to itself, as asker '', and is answered by number as any other. */
  private offerHere(forward: Forward, { session, seq }: Extract<Forwarded, { status: 'local' }>): void {
    const { recipient: device, envelope: content, number, deadlineMs, digest, bytes } = forward;
    const { sessions, offers } = this.parts;
    const holder = sessions.findOrDeregister(device, session);
    offers.offer(holder, { device, asker: '', number, deadlineMs, seq, digest, content, bytes });
  }

  /** The node that holds the recipient has said what became of a message. */
  answered(number: number, outcome: DeliveryOutcome): void {
    const forward = this.unanswered.get(number);
    if (forward) this.settle(forward, { status: outcome });
  }

  private settle(forward: Forward, outcome: LiveOutcome): void {
    if (!this.unanswered.delete(forward.number)) return;
    this.unansweredBytes -= forward.bytes;
    if (forward.digest !== '') this.byDigest.delete(forward.digest);
    for (const request of forward.requests) this.parts.settled(request, outcome);
  }
}
