import { Readable } from 'node:stream';

const everyMs = 1000;
/** A listener with more than this on its way misses events until it has caught up… */
const mostWaitingBytes = 256 * 1024;
/** …and is let go when it has not after so many. */
const mostMissed = 30;

export type FeedOptions = {
  mostListeners: number;
  /** What to tell everybody. */
  read: () => Promise<unknown>;
  /** What to tell everybody when it cannot be read. */
  explain: (error: unknown) => string;
};

type Listener = { stream: Readable; missed: number };

/** Server-sent events, the same for all who listen: read once a second, and only while somebody does. */
export class EventFeed {
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  /** What a new listener is told first, while others listen already. */
  private lastEvent = '';

  constructor(private readonly options: FeedOptions) {}

  get listening(): number {
    return this.listeners.size;
  }

  /** A stream of events that begins with a reading of now; none when too many listen already. */
  join(): Readable | undefined {
    if (this.listeners.size >= this.options.mostListeners) return undefined;
    const stream = new Readable({ read: () => undefined, highWaterMark: mostWaitingBytes });
    const listener = { stream, missed: 0 };
    this.listeners.add(listener);
    stream.once('close', () => this.leave(listener));
    stream.push(`: one event a second\n\n${this.lastEvent}`);
    if (this.timer === undefined) this.begin();
    return stream;
  }

  private begin(): void {
    void this.tick(); // never rejects
    this.timer = setInterval(() => void this.tick(), everyMs);
  }

  private leave(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.lastEvent = '';
  }

  /** Ends all streams, after what was sent already. */
  end(): void {
    for (const listener of this.listeners) {
      this.leave(listener);
      listener.stream.push(null);
    }
  }

  private async tick(): Promise<void> {
    if (this.isReading) {
      // Redis takes its time; whoever listens hears that ops is there.
      this.tell(': heartbeat\n\n');
      return;
    }
    this.isReading = true;
    const event = await this.readEvent();
    this.isReading = false;
    if (this.listeners.size > 0) this.lastEvent = event;
    this.tell(event);
  }

  private async readEvent(): Promise<string> {
    try {
      return eventText('cluster', await this.options.read());
    } catch (error) {
      return eventText('away', { error: this.options.explain(error) });
    }
  }

  private tell(text: string): void {
    for (const listener of this.listeners) tellOne(listener, text);
  }
}

function tellOne(listener: Listener, text: string): void {
  const { stream } = listener;
  if (stream.readableLength < mostWaitingBytes) {
    listener.missed = 0;
    stream.push(text);
    return;
  }
  listener.missed += 1;
  if (listener.missed > mostMissed) stream.destroy();
}

function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
