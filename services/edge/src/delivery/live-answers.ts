import type { DeviceKey } from '@openrelay/protocol';
import { type DeliveryOutcome, type Digest, type Forwarder, type LiveAnswer, shardOf } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { LiveOffer } from '../connection/live-only';

/** Who asked on this node for a live-only message to be handed over. */
export type LiveAsker = {
  /** What became of the message that has this number. */
  answered: (number: number, outcome: DeliveryOutcome) => void;
};

export type LiveAnswerParts = {
  tick: Tick;
  link: Lanes;
  shards: number;
  forwarder: Pick<Forwarder, 'answer'>;
  metrics: Metrics;
  asker: LiveAsker;
};

/** `holder` was handed the message, and remembers that until Redis does. */
type Answer = LiveAnswer & { holder: Connection | undefined };

/**
 * Answers the nodes that offered live-only messages to connections of this node; Redis remembers what became of each. The
 * asking node takes an answer that gets lost for a refusal.
 */
export class LiveAnswers {
  private handedOverNow: { holder: Connection; offer: LiveOffer }[] = [];
  private readonly answers: Batch<Answer>;

  constructor(private readonly parts: LiveAnswerParts) {
    const { tick, link, forwarder } = parts;
    tick.eachAsk(() => this.answerHandedOver()); // before the answers leave
    this.answers = new Batch(link, tick, {
      run: (lane, batch) => forwarder.answer(lane, batch),
      settled: ({ holder, digest }) => holder?.liveOnly?.noted(digest),
    });
  }

  /** No answer waits or is under way. */
  get isIdle(): boolean {
    return this.handedOverNow.length === 0 && this.answers.isIdle;
  }

  /** The frame leaves at the end of this turn, and the answer with it: a connection that is closed until then gets nothing. */
  handedOver(holder: Connection, offer: LiveOffer): void {
    this.handedOverNow.push({ holder, offer });
  }

  private answerHandedOver(): void {
    if (this.handedOverNow.length === 0) return;
    const handedOver = this.handedOverNow;
    this.handedOverNow = [];
    for (const { holder, offer } of handedOver) this.answer(offer, holder.isOpen ? 'handed' : 'absent', holder);
  }

  /** @param holder the connection, when it was handed the message, now or before */
  answer(offer: LiveOffer, outcome: DeliveryOutcome, holder?: Connection): void {
    const { device, digest, asker, number } = offer;
    const { metrics, asker: own } = this.parts;
    metrics.count(outcome === 'handed' ? 'live_only_forwarded' : 'live_only_dropped');
    if (asker === '') own.answered(number, outcome);
    if (digest !== '' || asker !== '') this.send(device, { digest, outcome, asker, number, holder });
  }

  /** So many were not handed over before their deadline: who asked has given up. */
  late(messages: number): void {
    this.parts.metrics.add('live_only_dropped', messages);
  }

  /** Redis is to forget the note of a message, unless it was handed over, so that it may be sent again. Nobody is told. */
  takeBack({ recipient, digest, number }: { recipient: DeviceKey; digest: Digest; number: number }): void {
    if (digest === '') return; // there is no note
    this.send(recipient, { digest, outcome: 'absent', asker: '', number, holder: undefined });
  }

  private send(recipient: DeviceKey, answer: Omit<Answer, 'shard'>): void {
    this.answers.add({ ...answer, shard: shardOf(recipient, this.parts.shards) });
  }
}
