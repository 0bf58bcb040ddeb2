import { randomUUID } from 'node:crypto';
import { eventually } from '@openrelay/launch';
import { percentileOf } from '@openrelay/telemetry';
import { Bystander } from './bystander';
import type { Place } from './wire/wire-socket';

/** 60 requests a minute are a device's; this is a little below them for each. So many that p99 is not the slowest message alone. */
const pairCount = 96;
const intervalMs = 12.5;
/** The recipients of these are away, and come back at the end. */
const awayPairs = 4;
const settleMs = 15_000;

type Pair = {
  readonly sender: Bystander;
  readonly recipient: Bystander;
  readonly isAway: boolean;
};

type Sent = {
  readonly atMs: number;
  readonly isAway: boolean;
  /** `unsent`: the sender had no connection. */
  answer: string | undefined;
  receivedAfterMs: number | undefined;
};

export type Span = {
  readonly sent: number;
  /** Milliseconds from Send to Receive; NaN when there are none. */
  readonly p50: number;
  readonly p99: number;
};

/** Pairs of well-behaved devices, half of them with claims: one message each 12.5 ms, from one edge to the other. */
export class Bystanders {
  private readonly sent = new Map<string, Sent>();
  private timer: NodeJS.Timeout | undefined;
  private next = 0;

  private constructor(private readonly pairs: readonly Pair[]) {}

  static async arrive(endpoints: readonly Place[]): Promise<Bystanders> {
    const pairs = Array.from({ length: pairCount }, (_, index) => {
      const manner = index % 2 === 0 ? 'claimed' : 'unclaimed';
      const endpoint = (at: number) => endpoints[at % endpoints.length]!;
      const [sender, recipient] = [new Bystander(endpoint(index), manner), new Bystander(endpoint(index + 1), manner)];
      return { sender, recipient, isAway: index < awayPairs };
    });
    const bystanders = new Bystanders(pairs);
    for (const pair of pairs) await bystanders.admit(pair);
    return bystanders;
  }

  private async admit({ sender, recipient, isAway }: Pair): Promise<void> {
    const nowMs = () => performance.now();
    recipient.onMessage = (messageId) => {
      const sent = this.sent.get(messageId);
      if (sent !== undefined) sent.receivedAfterMs ??= nowMs() - sent.atMs;
    };
    await Promise.all([sender.settleIn(), recipient.settleIn()]);
    if (isAway) recipient.disconnect();
  }

  start(): void {
    const beganMs = performance.now();
    let due = 0;
    this.timer = setInterval(() => {
      for (; beganMs + due * intervalMs <= performance.now(); due += 1) this.sendOne();
    }, intervalMs / 5);
  }

  private sendOne(): void {
    const { sender, recipient, isAway } = this.pairs[this.next++ % pairCount]!;
    const sent: Sent = { atMs: performance.now(), isAway, answer: undefined, receivedAfterMs: undefined };
    const messageId = randomUUID();
    this.sent.set(messageId, sent);
    const device = sender.connected;
    if (device === undefined) {
      sent.answer = 'unsent';
      return;
    }
    void device.send(recipient.hardwareId, { message_id: messageId, ttl: 600 }).then(({ answer }) => {
      sent.answer = answer;
    });
  }

  /** Of messages that were sent between two moments (`performance.now()`), to recipients that are there. */
  span(fromMs: number, toMs: number): Span {
    const those = [...this.sent.values()].filter(({ atMs, isAway }) => atMs >= fromMs && atMs < toMs && !isAway);
    const sorted = Float64Array.from(
      those.map(({ receivedAfterMs = Number.POSITIVE_INFINITY }) => receivedAfterMs),
    ).sort();
    return { sent: those.length, p50: percentileOf(sorted, 50), p99: percentileOf(sorted, 99) };
  }

  /** Whether every message of the span was taken, and all but one came within so many milliseconds. */
  wereServed(fromMs: number, toMs: number, withinMs: number): boolean {
    const those = [...this.sent.values()].filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const late = those.filter(({ isAway, receivedAfterMs = Number.POSITIVE_INFINITY }) => {
      return !isAway && receivedAfterMs > withinMs;
    });
    return those.every(({ answer }) => isTaken(answer)) && late.length <= 1;
  }

  /** Sends no more; those that were away come back. Resolves when all that was taken has come, or will not. */
  async settle(): Promise<void> {
    clearInterval(this.timer);
    const away = this.pairs.filter(({ isAway }) => isAway);
    await Promise.all(away.map(({ recipient }) => recipient.arrive().catch(() => undefined)));
    await eventually(
      () => {
        if (this.lost > 0 || this.unanswered > 0) throw new Error('Some are under way.');
      },
      { timeoutMs: settleMs },
    ).catch(() => undefined);
  }

  private get unanswered(): number {
    return [...this.sent.values()].filter(({ answer }) => answer === undefined).length;
  }

  /** Taken, and not received. */
  get lost(): number {
    const missing = ({ answer, receivedAfterMs }: Sent) => isTaken(answer) && receivedAfterMs === undefined;
    return [...this.sent.values()].filter(missing).length;
  }

  /** How many were not taken, by answer. */
  get refused(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { answer = 'silent' } of this.sent.values()) {
      if (!isTaken(answer)) counts[answer] = (counts[answer] ?? 0) + 1;
    }
    return counts;
  }

  get disconnections(): number {
    return this.pairs.reduce((sum, { sender, recipient }) => sum + sender.disconnections + recipient.disconnections, 0);
  }

  disconnect(): void {
    clearInterval(this.timer);
    for (const { sender, recipient } of this.pairs) {
      sender.disconnect();
      recipient.disconnect();
    }
  }
}

function isTaken(answer: string | undefined): boolean {
  return answer === 'queued' || answer === 'delivered';
}
