import type { Redis } from 'ioredis';

export type ChannelSubscriberOptions = {
  /** Makes a connection that is not connected yet. */
  connect: () => Redis;
  channels: readonly string[];
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
  heard: (message: Buffer) => void;
  /** All channels are subscribed; what was published before may be missing. */
  listening: () => void;
  /** The connection was replaced, having gone deaf or away. */
  replaced: (reason: string) => void;
};

/** A channel that has not carried anything for this long, probes included, is deaf. */
const deafAfterMs = 3000;

/** The sharded channels that are on one Redis, over one connection, replaced when it goes deaf. */
export class ChannelSubscriber {
  private subscriber: Redis | undefined;
  private readonly heardAtMs = new Map<string, number>();
  private listening = false;

  constructor(private readonly options: ChannelSubscriberOptions) {}

  get isListening(): boolean {
    return this.listening;
  }

  /** Age of the oldest of the channels' last messages, in ms; endless before the first subscription. */
  get silenceMs(): number {
    if (this.heardAtMs.size === 0) return Number.POSITIVE_INFINITY;
    return this.options.monotonicMs() - Math.min(...this.heardAtMs.values());
  }

  get isDeaf(): boolean {
    return this.silenceMs > deafAfterMs;
  }

  start(): void {
    const subscriber = this.options.connect();
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined); // told by 'close', and by the probes that stay away
    subscriber.on('ready', () => void this.subscribe(subscriber)); // never rejects
    subscriber.on('close', () => {
      if (subscriber === this.subscriber) this.listening = false;
    });
    subscriber.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
      this.heardAtMs.set(String(channel), this.options.monotonicMs());
      this.options.heard(message);
    });
    subscriber.connect().catch(() => undefined); // told by 'close'; attempts go on by themselves
  }

  stop(): void {
    const { subscriber } = this;
    this.subscriber = undefined;
    this.listening = false;
    subscriber?.removeAllListeners();
    subscriber?.on('error', () => undefined);
    subscriber?.disconnect();
  }

  private async subscribe(subscriber: Redis): Promise<void> {
    const { channels, monotonicMs, listening } = this.options;
    try {
      // One channel a command: in Redis Cluster each may lie in a slot of its own.
      await Promise.all(channels.map((channel) => subscriber.ssubscribe(channel)));
    } catch (error) {
      if (subscriber !== this.subscriber) return;
      subscriber.disconnect(true);
      this.options.replaced(String(error));
      return;
    }
    if (subscriber !== this.subscriber) return;
    const nowMs = monotonicMs();
    for (const channel of channels) this.heardAtMs.set(channel, nowMs);
    this.listening = true;
    listening();
  }

  /** To be called now and then: a connection that is open and deaf gives no other sign. */
  replaceIfDeaf(): void {
    if (!this.listening || !this.isDeaf) return;
    this.stop();
    this.options.replaced(`no probe came back for ${deafAfterMs} ms`);
    this.start();
  }
}
