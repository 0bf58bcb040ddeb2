import type { Link } from '../connection/link';
import { type Handler, type Handlers, Listeners } from '../connection/listeners';
import type { Accepted } from '../connection/messages';
import { RelayError } from '../connection/relay-error';
import { pointsOfData } from '../connection/sealed-bytes';
import type { Changes, Store } from '../stores/store';
import type { OutboxEvents, OutboxMessage, Outgoing, Posted } from './delivery';
import { KeptMessages } from './kept-messages';
import { Lanes } from './lanes';
import { nowhereToKeep, type OutboxBounds, overflow, tooLarge, wasClosed } from './outbox-bounds';
import { OutboxEntry } from './outbox-entry';
import { Pacer } from './pacer';
import { consequenceOf } from './refusals';
import { type Withdrawn, withdrawn } from './withdrawn';

export type OutboxOptions = OutboxBounds & {
  readonly link: Link;
  /** For messages that are kept. */
  readonly store?: Store | undefined;
  readonly handlers?: Handlers<OutboxEvents> | undefined;
  /** Unix ms; default Date.now. */
  readonly now?: (() => number) | undefined;
  /** From 0 up to 1; default Math.random. */
  readonly random?: (() => number) | undefined;
};

const tooBigCode = 1009;
/** A message on whose account the relay closed so many connections is not sent again. */
const mostCloses = 2;
const usualMessageBytes = 64 * 1024;
const longestTimerMs = 60_000;

/**
 * Sends messages until the relay has acked them: repeated under their ids while the outcome is unknown, in order for each
 * recipient, as fast as the limits allow.
 */
export class Outbox implements Outgoing {
  private readonly link: Link;
  private readonly pacer: Pacer;
  private readonly listeners: Listeners<OutboxEvents>;
  private readonly lanes = new Lanes();
  private readonly kept: KeptMessages;
  private readonly now: () => number;
  private readonly random: () => number;
  private readonly forget: (() => void)[];
  private nextSequence = 1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private life: 'open' | 'closed' = 'open';

  private constructor(private readonly options: OutboxOptions) {
    this.link = options.link;
    this.now = options.now ?? Date.now;
    this.random = options.random ?? Math.random;
    this.pacer = new Pacer(this.now);
    this.kept = new KeptMessages(options.store);
    this.listeners = new Listeners(options.handlers);
    this.forget = [
      this.link.on('requested', ({ points }) => this.pacer.spent(points)),
      this.link.on('state', (state) => {
        if (state.is !== 'connected') return;
        this.pacer.told(state.registration.limits);
        for (const entry of this.lanes.all()) entry.connected();
        this.pump();
      }),
    ];
  }

  /** Goes on with what an earlier process left in the store. Rejects when that cannot be read. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    for (const entry of await outbox.kept.load()) {
      outbox.lanes.add(entry);
      outbox.nextSequence = entry.sequence + 1;
    }
    const { state } = options.link;
    if (state.is === 'connected') outbox.pacer.told(state.registration.limits);
    outbox.pump();
    return outbox;
  }

  /** Messages that wait or are on their way. */
  get size(): number {
    return this.lanes.messages;
  }

  /** Records that could not be read when it was opened: so many messages of an earlier process are lost. */
  get damaged(): number {
    return this.kept.damaged;
  }

  on<Name extends keyof OutboxEvents>(name: Name, handler: Handler<OutboxEvents[Name]>): () => void {
    return this.listeners.add(name, handler);
  }

  send(message: OutboxMessage): Promise<Accepted> {
    return this.post(message).accepted;
  }

  post(message: OutboxMessage, alongside: Changes = new Map()): Posted {
    const entry = this.entryOf(message);
    const failure = this.reasonNotTo(entry, alongside);
    if (failure !== undefined) {
      entry.reject(failure);
      return { kept: silently(Promise.reject(failure)), accepted: entry.accepted };
    }
    this.lanes.add(entry);
    this.watch(entry, message.signal);
    return { kept: silently(this.keep(entry, alongside)), accepted: entry.accepted };
  }

  /** Of what is kept for this recipient, when it can't be read there any more. */
  withdraw(recipientId: string): Withdrawn {
    return withdrawn(this.lanes.of(recipientId), {
      reject: (entry, error) => this.finish(entry, () => this.fail(entry, error)),
      erase: (entry) => void this.erase(entry), // never rejects
      pump: () => this.pump(),
    });
  }

  /**
   * @param messageBytes that are sealed in each message; default 64 KiB
   * @param sparePoints of each minute that are left for others
   */
  estimateSeconds(bytes: number, messageBytes = usualMessageBytes, sparePoints = 0): number {
    return this.pacer.estimateSeconds(bytes, messageBytes, sparePoints);
  }

  /** How long a message of so many bytes had better wait before it is posted, so that others find room in this minute. */
  waitMs(dataBytes: number, sparePoints = 0): number {
    return this.pacer.waitMs(pointsOfData(dataBytes, this.link.encoding), sparePoints);
  }

  /** Sends nothing any more. What is kept stays in the store; who waits for the rest gets the error. */
  close(): void {
    this.life = 'closed';
    clearTimeout(this.timer);
    for (const forget of this.forget) forget();
    for (const entry of this.lanes.all()) entry.reject(wasClosed());
    this.lanes.clear();
  }

  private entryOf(message: OutboxMessage): OutboxEntry {
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    return OutboxEntry.of(message, sequence);
  }

  private reasonNotTo(entry: OutboxEntry, alongside: Changes): Error | undefined {
    if (this.life === 'closed') return wasClosed();
    const { store } = this.options;
    if (store === undefined && (entry.life === 'kept' || alongside.size > 0)) return nowhereToKeep();
    return overflow(this.lanes, entry.waiting, this.options) ?? tooLarge(this.link, entry.waiting);
  }

  private watch(entry: OutboxEntry, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = (): void => this.finish(entry, () => this.fail(entry, signal.reason as Error));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    entry.onSettled(() => signal.removeEventListener('abort', abort));
  }

  /** Stores what is to be stored, and lets the message go. */
  private async keep(entry: OutboxEntry, alongside: Changes): Promise<void> {
    try {
      await this.kept.write(entry, alongside);
    } catch (error) {
      this.lanes.remove(entry);
      entry.reject(error as Error);
      this.pump();
      throw error;
    }
    // It may have been given up meanwhile.
    if (entry.isSettled) await this.erase(entry);
    else entry.state = 'waiting';
    this.pump();
  }

  private pump(): void {
    clearTimeout(this.timer);
    const wakeAtMs = Math.min(this.giveUpOverdue(), this.sendWhatMay());
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, wakeAtMs - this.now()), longestTimerMs);
    this.timer = setTimeout(() => this.pump(), delayMs);
  }

  /** Answers when there may be more to send; never, when that is not for time to tell. */
  private sendWhatMay(): number {
    let wakeAtMs = Number.POSITIVE_INFINITY;
    if (this.link.state.is !== 'connected') return wakeAtMs;
    for (const entry of this.lanes.heads()) {
      if (entry.state !== 'waiting') continue;
      if (entry.notBeforeMs > this.now()) {
        wakeAtMs = Math.min(wakeAtMs, entry.notBeforeMs);
        continue;
      }
      const waitMs = this.pacer.waitMs(pointsOfData(entry.waiting.data.length, this.link.encoding));
      if (waitMs > 0) {
        // Nobody overtakes, or large messages would wait for ever.
        wakeAtMs = Math.min(wakeAtMs, this.now() + waitMs);
        this.listeners.emit('paced', { untilMs: this.now() + waitMs });
        break;
      }
      void this.dispatch(entry); // never rejects
    }
    return wakeAtMs;
  }

  /** Answers when the next one will be. */
  private giveUpOverdue(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const entry of this.lanes.all()) {
      const { untilMs = Number.POSITIVE_INFINITY, messageId } = entry.waiting;
      if (untilMs > this.now()) {
        nextMs = Math.min(nextMs, untilMs);
        continue;
      }
      const error = new RelayError('timeout', `Message ${messageId} could not be sent in time`, { messageId });
      this.finish(entry, () => this.fail(entry, error));
    }
    return nextMs;
  }

  private async dispatch(entry: OutboxEntry): Promise<void> {
    const { waiting } = entry;
    const refusal = tooLarge(this.link, waiting);
    if (refusal !== undefined) return this.finish(entry, () => this.fail(entry, refusal));
    entry.state = 'sending';
    try {
      const accepted = await this.link.send(waiting);
      this.finish(entry, () => this.succeed(entry, accepted));
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
        entry.strand(this.now());
        this.countClose(entry);
        return;
      case 'repeat later':
        entry.delay(consequence, this.now(), this.random());
        this.listeners.emit('delayed', { recipientId: entry.waiting.recipientId, error: error as RelayError });
        return;
      case 'pace':
        this.pacer.refused(consequence.retryAfterMs);
        return;
      case 'reject':
        this.finish(entry, () => this.fail(entry, error as Error));
        return;
      default:
        consequence satisfies never;
    }
  }

  /** A frame that is too large for the relay would end each connection that it is sent on. */
  private countClose(entry: OutboxEntry): void {
    const { state } = this.link;
    if (state.is !== 'waiting' || state.code !== tooBigCode) return;
    entry.closes += 1;
    if (entry.closes < mostCloses) return;
    const text = `The relay closed the connection because of this message, which has ${entry.waiting.data.length} bytes: it is too large.`;
    this.finish(entry, () => this.fail(entry, new RelayError(413, text)));
  }

  /** Once for each message. */
  private finish(entry: OutboxEntry, settle: () => void): void {
    if (entry.isSettled) return;
    this.lanes.remove(entry);
    settle();
    if (entry.state !== 'storing') void this.erase(entry); // never rejects
    // In a turn of its own: it may have been called by a pump.
    queueMicrotask(() => this.pump());
  }

  /** A record that stays is sent once more after a restart, and dropped by its recipient as a repeat. */
  private async erase(entry: OutboxEntry): Promise<void> {
    try {
      await this.kept.erase(entry);
    } catch (error) {
      this.listeners.emit('handlerFailed', error);
    }
  }

  private succeed(entry: OutboxEntry, accepted: Accepted): void {
    entry.resolve(accepted);
    this.listeners.emit('accepted', { ...accepted, recipientId: entry.waiting.recipientId });
  }

  private fail(entry: OutboxEntry, error: Error): void {
    entry.reject(error);
    const { messageId, recipientId } = entry.waiting;
    this.listeners.emit('rejected', { messageId, recipientId, error });
  }
}

/** Nobody need listen to it. */
function silently<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
