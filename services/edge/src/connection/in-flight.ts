import type { Digest } from '@openrelay/state';

/** A message that was written to a connection and is not acknowledged yet. */
export type InFlightMessage = {
  digest: Digest;
  id: string;
  /** Its number in the queue; 0 while that is unknown, after Redis may have lost what came last. */
  seq: number;
  bytes: number;
  /** The bytes of its frame, when they count for the month only once the device has shown that it has them; 0 when they count as they leave. */
  unprovenBytes: number;
  ackable: boolean;
  expiresAtMs: number;
  /** When it had left for the device's socket; 0 while some of it may still be buffered. */
  writtenAtMs: number;
  /** Another of the same id, from another sender. */
  next: InFlightMessage | undefined;
};

/** How long confirmed acks are remembered, for a Redis that comes back without its last second. */
export const rememberedMs = 2000;
/** And how many at the most. */
export const maxRemembered = 1024;

/** How long after a recovery it is known what was acknowledged before: as long as senders may send again what Redis lost. */
export const resendMs = 120_000;

type Confirmed = { message: InFlightMessage; atMs: number };

/** Message ids are UUIDs: a device may write one back in another case. */
export function keyOf(id: string): string {
  return id.toLowerCase();
}

/** The messages in flight to a connection, by their id. It also knows which messages were in flight, or acked, before. */
export class InFlight {
  private readonly byId = new Map<string, InFlightMessage>();
  /** Acknowledged by the device, not yet known to be taken out of the queue. */
  private readonly unconfirmed = new Set<InFlightMessage>();
  /** Those of them whose ack has not reached Redis, or did nothing there. */
  private readonly unsent = new Set<InFlightMessage>();
  private confirmed: Confirmed[] = [];
  /** What was acknowledged before the queue showed it again after the last recovery. */
  private ackedBefore = new Map<Digest, InFlightMessage>();

  /** Until when that is remembered; 0 while it is not known yet. */
  private ackedBeforeUntilMs = 0;
  /** At so many messages those that have expired are looked for. */
  private sweepAt: number;

  constructor(private readonly maxMessages: number) {
    this.sweepAt = maxMessages;
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** All that is not acknowledged, oldest first. */
  *messages(): Iterable<InFlightMessage> {
    for (const first of this.byId.values()) {
      for (let one: InFlightMessage | undefined = first; one; one = one.next) yield one;
    }
  }

  add(message: InFlightMessage, nowMs: number): void {
    if (this.byId.size >= this.sweepAt) this.dropExpired(nowMs);
    this.forgetAckedBefore(nowMs);
    const key = keyOf(message.id);
    let last = this.byId.get(key);
    if (!last) {
      this.byId.set(key, message);
      return;
    }
    while (last.next) last = last.next;
    last.next = message;
  }

  /** There are no more of them than a queue may hold, unless some have expired there. */
  private dropExpired(nowMs: number): void {
    const messages = Array.from(this.messages()); // removing takes them out of the lists
    for (const message of messages) {
      if (message.expiresAtMs <= nowMs) this.remove(message);
    }
    // Not at each further one, when little has expired.
    this.sweepAt = Math.max(this.maxMessages, 2 * this.byId.size);
  }

  /** The device acks the message of this id, of several senders' the oldest. */
  acknowledgeById(id: string): InFlightMessage | undefined {
    let message = this.byId.get(keyOf(id));
    while (message && !message.ackable) message = message.next;
    if (message) this.acknowledge(message);
    return message;
  }

  acknowledge(message: InFlightMessage): void {
    this.remove(message);
    if (this.unconfirmed.size >= this.maxMessages) this.forget(this.unconfirmed.values().next().value!);
    this.unconfirmed.add(message);
    if (message.seq === 0) this.ackedBefore.set(message.digest, message);
  }

  private forget(message: InFlightMessage): void {
    this.unconfirmed.delete(message);
    this.unsent.delete(message);
  }

  /** The ack of this message is to be sent again. */
  keepUnsent(message: InFlightMessage): void {
    if (this.unconfirmed.has(message)) this.unsent.add(message);
  }

  /** Those whose ack is to be sent again, which is the caller's to do. */
  takeUnsent(): InFlightMessage[] {
    const messages = [...this.unsent];
    this.unsent.clear();
    return messages;
  }

  /** The message is not in its queue any more. */
  confirm(message: InFlightMessage, nowMs: number): void {
    this.forget(message);
    this.forgetAckedBefore(nowMs);
    this.confirmed.push({ message, atMs: nowMs });
    // Let go of in halves, so that it costs nothing for each single one.
    if (this.confirmed.length > maxRemembered || this.confirmed[0]!.atMs < nowMs - 2 * rememberedMs)
      this.forgetOld(nowMs);
  }

  private forgetAckedBefore(nowMs: number): void {
    if (this.ackedBefore.size === 0) return;
    if (this.ackedBeforeUntilMs === 0) this.ackedBeforeUntilMs = nowMs + resendMs;
    else if (nowMs > this.ackedBeforeUntilMs) this.ackedBefore.clear();
  }

  private forgetOld(nowMs: number): void {
    const recent = this.confirmed.slice(-maxRemembered / 2);
    this.confirmed = recent.filter(({ atMs }) => atMs >= nowMs - rememberedMs);
  }

  private remove(message: InFlightMessage): void {
    const key = keyOf(message.id);
    const first = this.byId.get(key);
    const { next } = message;
    message.next = undefined;
    if (first === message) {
      if (next) this.byId.set(key, next);
      else this.byId.delete(key);
      return;
    }
    let before = first;
    while (before && before.next !== message) before = before.next;
    if (before) before.next = next;
  }

  /** Redis may have lost what came last: the numbers that messages had there mean nothing any more. */
  forgetNumbers(): void {
    for (const message of this.messages()) message.seq = 0;
    this.unsent.clear(); // acked when the queue shows them
    const acked = [...this.unconfirmed, ...this.confirmed.map(({ message }) => message)];
    this.ackedBeforeUntilMs = 0;
    this.ackedBefore = new Map(acked.map((message) => [message.digest, message]));
  }

  /** The message in flight that goes by another number in the queue now. */
  find(id: string, digest: Digest): InFlightMessage | undefined {
    let message = this.byId.get(keyOf(id));
    while (message && message.digest !== digest) message = message.next;
    return message;
  }

  /** Whether it is in flight, or was acked before the last recovery. */
  has(id: string, digest: Digest): boolean {
    return this.find(id, digest) !== undefined || this.findAcked(digest) !== undefined;
  }

  /** The message of this digest that was acknowledged, and that Redis may not know of. */
  findAcked(digest: Digest): InFlightMessage | undefined {
    return this.ackedBefore.get(digest);
  }
}
