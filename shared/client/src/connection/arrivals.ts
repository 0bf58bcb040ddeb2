import type { ReceivedMessage } from './frames/messages';

/** The message is acked when this has resolved; where it rejects, it comes again at the next registration. */
export type MessageHandler = (message: ReceivedMessage) => void | Promise<void>;
type Entry = { message: ReceivedMessage } | { announce: () => void };

export type ArrivalsOutcome = {
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
export class Arrivals {
  private readonly entries: Entry[] = [];
  private handler: MessageHandler | undefined;
  private state: 'idle' | 'working' | 'ended' = 'idle';

  constructor(private readonly outcome: ArrivalsOutcome) {}

  setHandler(handler: MessageHandler): void {
    this.handler = handler;
    this.start();
  }

  enqueue(entry: Entry): void {
    if (this.state === 'ended') return;
    if (this.entries.length >= maxWaiting) {
      this.end();
      this.outcome.overflowed();
      return;
    }
    this.entries.push(entry);
    this.start();
  }

  /** The connection is gone: what waits comes again on the next one. */
  end(): void {
    this.state = 'ended';
    this.entries.length = 0;
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
      if (this.state === 'working') this.state = 'idle';
    }
  }

  private async deliver(entry: Entry): Promise<void> {
    try {
      if ('announce' in entry) {
        entry.announce();
        return;
      }
      await this.handler?.(entry.message);
      // An ack counts on the next connection, too: there the message comes again.
      if (this.isOpen()) this.outcome.handled(entry.message);
    } catch (error) {
      this.outcome.failed(error);
    }
  }

  private isOpen(): boolean {
    return this.state !== 'ended';
  }
}
