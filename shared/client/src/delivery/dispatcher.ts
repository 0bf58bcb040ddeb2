import type { Accepted } from '../connection/frames/messages';
import { pointsOfData } from '../connection/frames/sealed-bytes';
import type { Link } from '../connection/link';
import type { Listeners } from '../connection/listeners';
import { RelayError } from '../connection/relay-error';
import type { OutboxEvents } from './delivery';
import type { KeptMessages } from './kept-messages';
import type { Lanes } from './lanes';
import { tooLarge } from './outbox-bounds';
import type { OutboxEntry } from './outbox-entry';
import type { Pacer } from './pacer';
import { consequenceOf } from './refusals';

type DispatcherParts = {
  readonly link: Link;
  readonly pacer: Pacer;
  readonly lanes: Lanes;
  readonly kept: KeptMessages;
  readonly listeners: Listeners<OutboxEvents>;
  /** Unix ms. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
};

const tooBigCode = 1009;
/** A message on whose account the relay closed so many connections is not sent again. */
const mostCloses = 2;
const longestTimerMs = 60_000;

/** Sends the messages of an outbox, each when its time has come, until its outcome is known. */
export class Dispatcher {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: DispatcherParts) {}

  /** Gives up what is overdue, sends what may go, and comes back by itself when time allows more. */
  pump(): void {
    clearTimeout(this.timer);
    const wakeAtMs = Math.min(this.giveUpOverdue(), this.sendWhatMay());
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, wakeAtMs - this.parts.now()), longestTimerMs);
    this.timer = setTimeout(() => this.pump(), delayMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Who waits for it gets the error. Does nothing when its outcome is known. */
  fail(entry: OutboxEntry, error: Error): void {
    this.finish(entry, () => {
      entry.reject(error);
      const { messageId, recipientId } = entry.waiting;
      this.parts.listeners.emit('rejected', { messageId, recipientId, error });
    });
  }

  /** A record that stays is sent once more after a restart, and dropped by its recipient as a repeat. */
  async erase(entry: OutboxEntry): Promise<void> {
    try {
      await this.parts.kept.erase(entry);
    } catch (error) {
      this.parts.listeners.emit('handlerFailed', error);
    }
  }

  /** Answers when there may be more to send; never, when that is not for time to tell. */
  private sendWhatMay(): number {
    const { link, lanes, pacer, listeners, now } = this.parts;
    let wakeAtMs = Number.POSITIVE_INFINITY;
    if (link.state.is !== 'connected') return wakeAtMs;
    for (const entry of lanes.heads()) {
      if (entry.state !== 'waiting') continue;
      if (entry.notBeforeMs > now()) {
        wakeAtMs = Math.min(wakeAtMs, entry.notBeforeMs);
        continue;
      }
      const waitMs = pacer.waitMs(pointsOfData(entry.waiting.data.length, link.encoding));
      if (waitMs > 0) {
        // Nobody overtakes, or large messages would wait for ever.
        wakeAtMs = Math.min(wakeAtMs, now() + waitMs);
        listeners.emit('paced', { untilMs: now() + waitMs });
        break;
      }
      void this.dispatch(entry); // never rejects
    }
    return wakeAtMs;
  }

  /** Answers when the next one will be. */
  private giveUpOverdue(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const entry of this.parts.lanes.all()) {
      const { untilMs = Number.POSITIVE_INFINITY, messageId } = entry.waiting;
      if (untilMs > this.parts.now()) {
        nextMs = Math.min(nextMs, untilMs);
        continue;
      }
      this.fail(entry, new RelayError('timeout', `Message ${messageId} could not be sent in time`, { messageId }));
    }
    return nextMs;
  }

  private async dispatch(entry: OutboxEntry): Promise<void> {
    const { waiting } = entry;
    const refusal = tooLarge(this.parts.link, waiting);
    if (refusal !== undefined) return this.fail(entry, refusal);
    entry.state = 'sending';
    try {
      const accepted = await this.parts.link.send(waiting);
      this.succeed(entry, accepted);
    } catch (error) {
      if (!entry.isSettled) this.notAccepted(entry, error);
    }
    this.pump();
  }

  private notAccepted(entry: OutboxEntry, error: unknown): void {
    entry.state = 'waiting';
    const consequence = consequenceOf(error, entry.waiting.whenRefused);
    switch (consequence.do) {
      case 'repeat':
        entry.strand(this.parts.now());
        this.countClose(entry);
        return;
      case 'repeat later':
        entry.delay(error as RelayError, consequence, this.parts.now(), this.parts.random());
        this.parts.listeners.emit('delayed', { recipientId: entry.waiting.recipientId, error: error as RelayError });
        return;
      case 'pace':
        this.parts.pacer.refused(consequence.retryAfterMs);
        return;
      case 'reject':
        this.fail(entry, error as Error);
        return;
      default:
        consequence satisfies never;
    }
  }

  /** A frame that is too large for the relay would end each connection that it is sent on. */
  private countClose(entry: OutboxEntry): void {
    const { state } = this.parts.link;
    if (state.is !== 'waiting' || state.code !== tooBigCode) return;
    entry.closes += 1;
    if (entry.closes < mostCloses) return;
    const text = `The relay closed the connection because of this message, which has ${entry.waiting.data.length} bytes: it is too large.`;
    this.fail(entry, new RelayError(413, text));
  }

  private succeed(entry: OutboxEntry, accepted: Accepted): void {
    this.finish(entry, () => {
      entry.resolve(accepted);
      this.parts.listeners.emit('accepted', { ...accepted, recipientId: entry.waiting.recipientId });
    });
  }

  /** Once for each message. */
  private finish(entry: OutboxEntry, settle: () => void): void {
    if (entry.isSettled) return;
    this.parts.lanes.remove(entry);
    settle();
    if (entry.state !== 'storing') void this.erase(entry); // never rejects
    // In a turn of its own: it may have been called by a pump.
    queueMicrotask(() => this.pump());
  }
}
