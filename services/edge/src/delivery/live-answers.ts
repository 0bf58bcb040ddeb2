import { type DeliveryOutcome, type Forwarder, type LiveAnswer, shardOf } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
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
    const { tick, shards, forwarder } = parts;
    tick.eachAsk(() => this.answerHandedOver()); // before the answers leave
    this.answers = new Batch(shards, tick, {
      run: (shard, batch) => forwarder.answer(shard, batch),
      settled: ({ holder, repeatKey }) => holder?.liveOnly?.noted(repeatKey),
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
    const { device: recipient, repeatKey, asker, number } = offer;
    const { metrics, asker: own } = this.parts;
    metrics.count(outcome === 'handed' ? 'live_only_forwarded' : 'live_only_dropped');
    if (asker === '') own.answered(number, outcome);
    if (repeatKey !== '' || asker !== '') this.send({ recipient, repeatKey, outcome, asker, number, holder });
  }

  /** So many were not handed over before their deadline: who asked has given up. */
  late(messages: number): void {
    this.parts.metrics.add('live_only_dropped', messages);
  }

  /** Redis is to forget the note of a message, unless it was handed over, so that it may be sent again. Nobody is told. */
  takeBack(message: { recipient: LiveAnswer['recipient']; repeatKey: string; number: number }): void {
    const { recipient, repeatKey, number } = message;
    if (repeatKey === '') return; // there is no note
    this.send({ recipient, repeatKey, outcome: 'absent', asker: '', number, holder: undefined });
  }

  private send(answer: Answer): void {
    this.answers.add(shardOf(answer.recipient, this.parts.shards), answer);
  }
}
