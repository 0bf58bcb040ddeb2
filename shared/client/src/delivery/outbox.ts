import type { Accepted } from '../connection/frames/messages';
import { pointsOfData } from '../connection/frames/sealed-bytes';
import type { Link } from '../connection/link';
import { type Handler, type Handlers, Listeners } from '../connection/listeners';
import type { Changes, Store } from '../stores/store';
import type { Delay, OutboxEvents, OutboxMessage, Outgoing, Posted } from './delivery';
import { Dispatcher } from './dispatcher';
import { KeptMessages } from './kept-messages';
import { Lanes } from './lanes';
import { nowhereToKeep, type OutboxBounds, overflow, tooLarge, wasClosed } from './outbox-bounds';
import { OutboxEntry } from './outbox-entry';
import { Pacer } from './pacer';
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

const usualMessageBytes = 64 * 1024;

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
  private readonly dispatcher: Dispatcher;
  private readonly forget: (() => void)[];
  private nextSequence = 1;
  private life: 'open' | 'closed' = 'open';

  private constructor(private readonly options: OutboxOptions) {
    const { link, store, handlers, now = Date.now, random = Math.random } = options;
    this.link = link;
    this.pacer = new Pacer(now);
    this.kept = new KeptMessages(store);
    this.listeners = new Listeners(handlers);
    const { pacer, lanes, kept, listeners } = this;
    this.dispatcher = new Dispatcher({ link, pacer, lanes, kept, listeners, now, random });
    this.forget = [
      this.link.on('requested', ({ points }) => this.pacer.spent(points)),
      this.link.on('state', (state) => {
        if (state.is !== 'connected') return;
        this.pacer.told(state.registration.limits);
        for (const entry of this.lanes.all()) entry.connected();
        this.dispatcher.pump();
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
    outbox.dispatcher.pump();
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

  /** Of what is first in the line to this recipient: all others wait for it. */
  delayOf(recipientId: string): Delay | undefined {
    return this.lanes.of(recipientId)[0]?.refusal;
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
      reject: (entry, error) => this.dispatcher.fail(entry, error),
      erase: (entry) => void this.dispatcher.erase(entry), // never rejects
      pump: () => this.dispatcher.pump(),
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
    this.dispatcher.stop();
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
    const abort = (): void => this.dispatcher.fail(entry, signal.reason as Error);
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
      this.dispatcher.pump();
      throw error;
    }
    // It may have been given up meanwhile.
    if (entry.isSettled) await this.dispatcher.erase(entry);
    else entry.state = 'waiting';
    this.dispatcher.pump();
  }
}

/** Nobody need listen to it. */
function silently<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
