import type { ReceivedMessage } from '../connection/frames/messages';
import type { Link } from '../connection/link';
import type { Changes, Store } from '../stores/store';
import type { InboxHandler } from './delivery';
import { identityOf, SeenIds } from './seen-ids';

export type InboxOptions = {
  readonly link: Pick<Link, 'onReceive'>;
  /** Where the handled messages' ids live. */
  readonly store: Store;
  readonly handler: InboxHandler;
  /** How many ids are remembered; default 10,000. */
  readonly mostIds?: number | undefined;
};

const defaultMostIds = 10_000;

/**
 * Hands each message to the handler once, in order, and has it acked when that has finished and the store remembers it. Only a
 * process that dies in between is handed the message again.
 */
export class Inbox {
  /** Of messages that were handled while the store took nothing; the next write has it all. */
  private unwritten = new Map<string, Uint8Array | undefined>();

  private constructor(
    private readonly options: InboxOptions,
    private readonly seen: SeenIds,
  ) {}

  /** Takes the link's messages from then on. Rejects when the store cannot be read. */
  static async open(options: InboxOptions): Promise<Inbox> {
    const inbox = new Inbox(options, await SeenIds.load(options.store, options.mostIds ?? defaultMostIds));
    options.link.onReceive((message) => inbox.receive(message));
    return inbox;
  }

  /** Resolves when the message may be acked. One at a time, as `Link.onReceive` calls it. */
  private async receive(message: ReceivedMessage): Promise<void> {
    const identity = identityOf(message);
    // No relay passes on such an id; it could not be remembered.
    if (identity === undefined) return;
    if (!this.seen.has(identity)) {
      const changes = await this.options.handler(message);
      this.include(changes ?? new Map());
      this.include(this.seen.add(identity));
    }
    await this.writeAll();
  }

  private include(changes: Changes): void {
    for (const [key, bytes] of changes) this.unwritten.set(key, bytes);
  }

  /** What an earlier message changed is never written later than what a later one did. */
  private async writeAll(): Promise<void> {
    if (this.unwritten.size === 0) return;
    const changes = this.unwritten;
    await this.options.store.write(changes);
    this.unwritten = new Map();
  }
}
