import type { ReceivedMessage } from './messages';

export type MessageHandler = (message: ReceivedMessage) => void | Promise<void>;
type Entry = { message: ReceivedMessage } | { announce: () => void };

export type InboxOutcome = {
  handled(message: ReceivedMessage): void;
  failed(error: unknown): void;
  overflowed(): void;
};

/** Ten times what the relay queues for a device by default. */
const maxWaiting = 10_000;

/**
 * Hands over what the relay orders (messages and key rotations), one at a time in the order of arrival. Messages that came
 * before there was a handler wait for it; beyond the bound the connection must go, as a gap would break the order.
 */
export class Inbox {
  private readonly entries: Entry[] = [];
  private readonly outcome: InboxOutcome;
  private handler: MessageHandler | undefined;
  private state: 'idle' | 'working' | 'overflowed' = 'idle';

  constructor(outcome: InboxOutcome) {
    this.outcome = outcome;
  }

  setHandler(handler: MessageHandler): void {
    this.handler = handler;
    this.start();
  }

  enqueue(entry: Entry): void {
    if (this.state === 'overflowed') return;
    if (this.entries.length >= maxWaiting) {
      this.state = 'overflowed';
      this.outcome.overflowed();
      return;
    }
    this.entries.push(entry);
    this.start();
  }

  private start(): void {
    if (this.state === 'idle') {
      this.state = 'working';
      // Never rejects: what handlers throw is an outcome.
      void this.work();
    }
  }

  private async work(): Promise<void> {
    try {
      for (let entry = this.entries[0]; entry !== undefined; entry = this.entries[0]) {
        if ('message' in entry && this.handler === undefined) break;
        this.entries.shift();
        await this.deliver(entry);
      }
    } finally {
      this.state = this.state === 'overflowed' ? 'overflowed' : 'idle';
    }
  }

  private async deliver(entry: Entry): Promise<void> {
    try {
      if ('announce' in entry) {
        entry.announce();
        return;
      }
      await this.handler?.(entry.message);
      this.outcome.handled(entry.message);
    } catch (error) {
      this.outcome.failed(error);
    }
  }
}
