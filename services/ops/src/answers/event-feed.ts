import { Readable } from 'node:stream';

const everyMs = 1000;
/** A listener that has more than this unread misses events until it has caught up… */
const mostWaitingBytes = 256 * 1024;
/** …and is disconnected when it has missed so many. */
const mostMissed = 30;

export type FeedOptions = {
  mostListeners: number;
  /** Reads what all listeners are sent. */
  read: () => Promise<unknown>;
  /** What they are sent when it cannot be read. */
  explain: (error: unknown) => string;
};

type Listener = { stream: Readable; missed: number };

/** Server-sent events, the same for all who listen: read once a second, and only while somebody does. */
export class EventFeed {
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  /** What a new listener is sent first, while others listen already. */
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
    if (this.timer === undefined) this.start();
    return stream;
  }

  private start(): void {
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
      // Redis takes its time; listeners hear that ops is there.
      this.broadcast(': heartbeat\n\n');
      return;
    }
    this.isReading = true;
    const event = await this.readEvent();
    this.isReading = false;
    if (this.listeners.size > 0) this.lastEvent = event;
    this.broadcast(event);
  }

  private async readEvent(): Promise<string> {
    try {
      return eventText('cluster', await this.options.read());
    } catch (error) {
      return eventText('away', { error: this.options.explain(error) });
    }
  }

  private broadcast(text: string): void {
    for (const listener of this.listeners) sendTo(listener, text);
  }
}

function sendTo(listener: Listener, text: string): void {
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
