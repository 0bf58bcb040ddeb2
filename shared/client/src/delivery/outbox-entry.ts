import { randomMessageId } from '../connection/frames/message-id';
import type { Accepted } from '../connection/frames/messages';
import type { RelayError } from '../connection/relay-error';
import type { Delay, OutboxMessage } from './delivery';
import type { Waiting } from './outbox-record';

/** A connection may be closing for a while before it is known to be closed; without a pause, an outbox would spin. */
const strandedMs = 1_000;

/** One message of an outbox, and who waits for it. */
export class OutboxEntry {
  readonly accepted: Promise<Accepted>;
  /** Its lane stands still while it is stored, sent, or waits for its time. */
  state: 'storing' | 'waiting' | 'sending';
  notBeforeMs = 0;
  /** Connections that were closed on account of it. */
  closes = 0;
  /** Why it was delayed, when it was. */
  refusal: Delay | undefined;
  private place: 'here' | 'stranded' = 'here';
  private outcome: 'open' | 'settled' = 'open';
  private readonly settled: (() => void)[] = [];
  private settleWith!: { resolve: (accepted: Accepted) => void; reject: (error: Error) => void };

  constructor(
    readonly waiting: Waiting,
    readonly sequence: number,
    readonly life: 'kept' | 'passing',
    state: 'storing' | 'waiting',
  ) {
    this.state = state;
    this.accepted = new Promise((resolve, reject) => {
      this.settleWith = { resolve, reject };
    });
    // Of what an earlier process left, nobody waits for the answer.
    this.accepted.catch(() => {});
  }

  static of(message: OutboxMessage, sequence: number): OutboxEntry {
    const waiting: Waiting = {
      messageId: message.messageId ?? randomMessageId(),
      recipientId: message.recipientId,
      data: Uint8Array.from(message.data),
      ttlSeconds: message.ttlSeconds,
      contentType: message.contentType,
      whenRefused: message.whenRefused ?? 'reject',
      untilMs: message.untilMs,
    };
    return new OutboxEntry(waiting, sequence, message.keep === true ? 'kept' : 'passing', 'storing');
  }

  get isSettled(): boolean {
    return this.outcome === 'settled';
  }

  resolve(accepted: Accepted): void {
    this.settle();
    this.settleWith.resolve(accepted);
  }

  reject(error: Error): void {
    this.settle();
    this.settleWith.reject(error);
  }

  onSettled(act: () => void): void {
    this.settled.push(act);
  }

  /** Longer with each try, between half of it and all. @param random from 0 up to 1 */
  delay(
    error: RelayError,
    { firstMs, longestMs }: { firstMs: number; longestMs: number },
    nowMs: number,
    random: number,
  ): void {
    const { times } = this.refusal ?? { times: 0 };
    const ceilingMs = Math.min(longestMs, firstMs * 2 ** Math.min(times, 20));
    this.refusal = { error, times: times + 1 };
    this.notBeforeMs = nowMs + (ceilingMs * (1 + random)) / 2;
  }

  /** The connection is closed, or about to be: it goes on the next one. */
  strand(nowMs: number): void {
    this.place = 'stranded';
    this.notBeforeMs = nowMs + strandedMs;
  }

  /** There is a new connection. */
  connected(): void {
    if (this.place === 'stranded') this.notBeforeMs = 0;
    this.place = 'here';
  }

  private settle(): void {
    this.outcome = 'settled';
    for (const act of this.settled.splice(0)) act();
  }
}
