import type { DeviceKey, Refusal, Sealed } from '@openrelay/protocol';
import {
  type Envelope,
  type Forwarded,
  type Forwarder,
  type HandOutcome,
  liveRepeatKeyOf,
  mayHaveRun,
  shardOf,
} from '@openrelay/state';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { Outbox } from '../connection/outbox';
import { refusal, unavailable } from '../connection/refusals';
import { ackSender } from '../connection/sender-acks';
import type { LiveAnswers, LiveAsker } from '../delivery/live-answers';
import type { LiveOffers } from '../delivery/live-offers';
import type { Sessions } from '../holders/sessions';

export type LiveOutcome =
  | { status: HandOutcome }
  /** It was handed over before, or accepted; `expiresAtMs` (Unix ms) is 0 when it was not stored. */
  | { status: 'repeated'; expiresAtMs: number }
  /** Another of its id is being handed over. */
  | { status: 'under way' }
  /** Redis, or the node of its recipient, did not say in time what became of it. */
  | { status: 'unanswered' }
  /** Redis could not be asked, or this node has too much under way. */
  | { status: 'away' };

type Told = (outcome: LiveOutcome) => void;

type Forward = {
  number: number;
  shard: number;
  recipient: DeviceKey;
  repeatKey: string;
  envelope: Envelope;
  bytes: number;
  deadlineMs: number;
  /** Its sender, and those who sent the same id meanwhile. */
  told: Told[];
};

/** Forwards that may be without an answer, and their bytes; one of any size may. */
export const maxUnanswered = 8192;
export const maxUnansweredBytes = 64 * 1024 * 1024;
/** Of one id. */
export const maxTold = 16;

export type LiveForwardParts = {
  tick: Tick;
  shards: number;
  forwarder: Pick<Forwarder, 'forward'>;
  sessions: Pick<Sessions, 'find' | 'deregisterOrphan'>;
  offers: LiveOffers;
  answers: LiveAnswers;
  outbox: Pick<Outbox, 'add'>;
  commandTimeoutMs: number;
  /** When a call that leaves now must have begun in Redis, by Redis's clock. */
  deadlineMs: () => number;
  refuse: (connection: Connection, refusal: Refusal) => void;
};

/**
 * Live-only messages of this node's devices on their way to the connections of their recipients. A sender is answered when
 * the node that holds the recipient has said what became of the message, and refused when it does not say so in time.
 */
export class LiveForwards implements LiveAsker {
  private readonly forwards: Batch<Forward, Forwarded>;
  private readonly unanswered = new Map<number, Forward>();
  private unansweredBytes = 0;
  /** Those with an id of their sender's, by recipient and id. */
  private readonly byIdentity = new Map<string, Forward>();
  private numbers = 0;

  constructor(private readonly parts: LiveForwardParts) {
    this.forwards = new Batch(parts.shards, parts.tick, {
      bytesOf: ({ bytes }) => bytes,
      run: (shard, forwards) => this.run(shard, forwards),
      settled: (forward, verdict) => this.take(forward, verdict),
      failed: (forward, error) => this.giveUp(forward, mayHaveRun(error) ? 'unanswered' : 'away'),
    });
  }

  get isIdle(): boolean {
    return this.unanswered.size === 0 && this.forwards.isIdle;
  }

  /** Hands a message to the recipient's live connection, wherever it is. `messageId` is there when its sender is acked. */
  forward(sender: Connection, recipient: DeviceKey, messageId: string | undefined, sealed: Sealed): void {
    const envelope = { sender: sender.device, id: messageId ?? '', ackable: messageId !== undefined, sealed };
    const tell: Told = (outcome) => this.tell({ sender, messageId }, outcome);
    if (this.follow(recipient, envelope, tell)) return;
    if (this.unanswered.size >= maxUnanswered || this.unansweredBytes > maxUnansweredBytes) {
      tell({ status: 'away' });
      return;
    }
    this.begin(recipient, envelope, tell);
  }

  /** Waits for what becomes of a message of the same id that is under way. Answers false when there is none. */
  follow(recipient: DeviceKey, envelope: Envelope, tell: Told): boolean {
    if (this.byIdentity.size === 0) return false;
    const first = this.byIdentity.get(identityOf(recipient, liveRepeatKeyOf(envelope)));
    if (!first) return false;
    if (first.told.length < maxTold) first.told.push(tell);
    else tell({ status: 'under way' });
    return true;
  }

  private begin(recipient: DeviceKey, envelope: Envelope, tell: Told): void {
    this.numbers += 1;
    const shard = shardOf(recipient, this.parts.shards);
    const repeatKey = liveRepeatKeyOf(envelope);
    const bytes = envelope.sealed.frame.length;
    const number = this.numbers;
    const forward: Forward = { number, shard, recipient, repeatKey, envelope, bytes, deadlineMs: 0, told: [tell] };
    this.unanswered.set(number, forward);
    this.unansweredBytes += bytes;
    if (repeatKey !== '') this.byIdentity.set(identityOf(recipient, repeatKey), forward);
    if (!this.forwards.add(shard, forward)) this.settle(forward, { status: 'away' });
  }

  private run(shard: number, forwards: Forward[]): Promise<Forwarded[]> {
    const deadlineMs = this.parts.deadlineMs();
    for (const forward of forwards) forward.deadlineMs = deadlineMs;
    const numbers = forwards.map(({ number }) => number); // not the messages, which may be large
    // Answers that came while this process was held up are read first.
    setTimeout(() => setImmediate(() => this.giveUpAll(numbers)), this.parts.commandTimeoutMs).unref();
    return this.parts.forwarder.forward(shard, forwards, deadlineMs);
  }

  private giveUpAll(numbers: readonly number[]): void {
    for (const number of numbers) {
      const forward = this.unanswered.get(number);
      if (forward) this.giveUp(forward, 'unanswered');
    }
  }

  /**
   * The note of its id is taken back, that it may be sent again, unless it was handed over; the call leaves before the refusal
   * does. When Redis is away, the note ends soon by itself.
   */
  private giveUp(forward: Forward, status: 'away' | 'unanswered'): void {
    if (!this.unanswered.has(forward.number)) return;
    this.parts.answers.takeBack(forward);
    this.settle(forward, { status });
  }

  private take(forward: Forward, verdict: Forwarded): void {
    switch (verdict.status) {
      case 'published':
        return; // its answer may have come already
      case 'local':
        this.offer(forward, verdict);
        return;
      case 'repeated':
      case 'under way':
      case 'behind':
      case 'absent':
        this.settle(forward, verdict);
    }
  }

  /** This node holds the recipient itself. */
  private offer(forward: Forward, { session, seq }: Extract<Forwarded, { status: 'local' }>): void {
    const { recipient: device, envelope: content, number, deadlineMs, repeatKey, bytes } = forward;
    const { sessions, offers } = this.parts;
    const holder = sessions.find(session);
    if (!holder) sessions.deregisterOrphan(device, session);
    offers.offer(holder, { device, asker: '', number, deadlineMs, seq, repeatKey, content, bytes });
  }

  /** The node that holds the recipient has said what became of a message. */
  answered(number: number, outcome: HandOutcome): void {
    const forward = this.unanswered.get(number);
    if (forward) this.settle(forward, { status: outcome });
  }

  private settle(forward: Forward, outcome: LiveOutcome): void {
    if (!this.unanswered.delete(forward.number)) return;
    this.unansweredBytes -= forward.bytes;
    if (forward.repeatKey !== '') this.byIdentity.delete(identityOf(forward.recipient, forward.repeatKey));
    for (const tell of forward.told) tell(outcome);
  }

  private tell(request: { sender: Connection; messageId: string | undefined }, outcome: LiveOutcome): void {
    const { outbox } = this.parts;
    if (outcome.status === 'handed') ackSender(outbox, request, 'delivered');
    else if (outcome.status !== 'repeated') this.parts.refuse(request.sender, liveRefusal(request, outcome.status));
    else if (outcome.expiresAtMs > 0) ackSender(outbox, request, 'queued', outcome.expiresAtMs);
    else ackSender(outbox, request, 'delivered');
  }
}

function identityOf(recipient: DeviceKey, repeatKey: string): string {
  return `${recipient}:${repeatKey}`;
}

/** What a sender is told whose message was not handed over. */
export function liveRefusal(
  request: { messageId: string | undefined },
  status: Exclude<LiveOutcome['status'], 'handed' | 'repeated'>,
): Refusal {
  switch (status) {
    case 'absent':
      return refusal('absent', 'The recipient is not connected.', request);
    case 'behind':
      return refusal('busy', 'The recipient takes nothing just now: try again in a moment.', request);
    case 'under way':
      return refusal('busy', 'A message of this id is being handed over just now: try again in a moment.', request);
    case 'unanswered': {
      const again = request.messageId === undefined ? '' : ', under the same message_id';
      const text = `Nobody said in time whether this was handed over: try again in a moment${again}.`;
      return refusal('unknown', text, request);
    }
    case 'away':
      return unavailable(request);
  }
}
