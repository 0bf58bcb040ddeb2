import { type Forwarder, type LiveAnswer, shardOf } from '@openrelay/state';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';

/** `noted` is called when Redis knows of it. */
type Answer = LiveAnswer & { noted?: () => void };

/**
 * What became of live-only messages, on its way to Redis, which remembers it, and to the nodes that asked. One that gets lost
 * counts as a refusal there.
 */
export class LiveAnswers {
  private readonly answers: Batch<Answer>;

  constructor(
    tick: Tick,
    private readonly shards: number,
    forwarder: Forwarder,
  ) {
    this.answers = new Batch(shards, tick, {
      run: (shard, batch) => forwarder.answer(shard, batch),
      settled: ({ noted }) => noted?.(),
    });
  }

  get isIdle(): boolean {
    return this.answers.isIdle;
  }

  add(answer: Answer): void {
    this.answers.add(shardOf(answer.recipient, this.shards), answer);
  }
}
