import type { Redis } from 'ioredis';

export type ChannelSubscriberOptions = {
  /** Makes a connection that is not connected yet. */
  connect: () => Redis;
  monotonicMs: () => number;
  onMessage: (channel: string, message: Buffer) => void;
  /** These channels are subscribed now; what was published on them before may be missing. */
  onSubscribed: (channels: readonly string[]) => void;
  /** The connection was replaced, being deaf or closed. */
  onReplaced: (reason: string) => void;
};

/** A channel that missed so many probes in a row is deaf. Each probe has time until the next one is sent. */
const mostMissed = 3;

/** The sharded channels that are on one Redis, over one connection, replaced when it goes deaf. */
export class ChannelSubscriber {
  private subscriber: Redis | undefined;
  private readonly lastMessageAtMs = new Map<string, number>();
  /** By channel: probes since the last message. */
  private readonly missed = new Map<string, number>();
  private channels: readonly string[] = [];
  private listening = false;

  constructor(private readonly options: ChannelSubscriberOptions) {}

  get isListening(): boolean {
    return this.listening;
  }

  /** Age of the channel's last message, in ms; endless before it is subscribed. */
  silenceMsOf(channel: string): number {
    return this.options.monotonicMs() - (this.lastMessageAtMs.get(channel) ?? Number.NEGATIVE_INFINITY);
  }

  get isDeaf(): boolean {
    return this.channels.some((channel) => (this.missed.get(channel) ?? 0) >= mostMissed);
  }

  /** Subscribes to these channels and no others, which may have moved to another Redis. */
  follow(channels: readonly string[]): void {
    const added = channels.filter((channel) => !this.channels.includes(channel));
    const left = this.channels.filter((channel) => !channels.includes(channel));
    this.channels = channels;
    for (const channel of left) this.lastMessageAtMs.delete(channel);
    const { subscriber } = this;
    if (subscriber?.status !== 'ready') return; // all are subscribed when it is connected
    for (const channel of left) subscriber.sunsubscribe(channel).catch(() => undefined); // Redis may have ended it itself
    if (added.length > 0) void this.subscribe(subscriber, added); // never rejects
  }

  /** A probe is being sent; one that Redis refuses cannot come back and does not count. */
  probed(channel: string, sent: Promise<unknown>): void {
    this.missed.set(channel, (this.missed.get(channel) ?? 0) + 1);
    sent.catch(() => this.missed.set(channel, Math.max(0, (this.missed.get(channel) ?? 0) - 1)));
  }

  start(): void {
    const subscriber = this.options.connect();
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined); // 'close' tells it, and so do the missing probes
    subscriber.on('ready', () => void this.subscribe(subscriber, this.channels)); // never rejects
    subscriber.on('close', () => {
      if (subscriber === this.subscriber) this.listening = false;
    });
    subscriber.on('smessageBuffer', (name: Buffer, message: Buffer) => {
      const channel = String(name);
      this.noteMessage(channel);
      this.options.onMessage(channel, message);
    });
    subscriber.connect().catch(() => undefined); // 'close' tells it; attempts go on by themselves
  }

  private noteMessage(channel: string): void {
    this.lastMessageAtMs.set(channel, this.options.monotonicMs());
    this.missed.set(channel, 0);
  }

  stop(): void {
    const { subscriber } = this;
    this.subscriber = undefined;
    this.listening = false;
    subscriber?.removeAllListeners();
    subscriber?.on('error', () => undefined);
    subscriber?.disconnect();
  }

  private async subscribe(subscriber: Redis, channels: readonly string[]): Promise<void> {
    try {
      // One channel a command: in Redis Cluster each may lie in a slot of its own.
      await Promise.all(channels.map((channel) => subscriber.ssubscribe(channel)));
    } catch (error) {
      if (subscriber !== this.subscriber) return;
      subscriber.disconnect(true);
      this.options.onReplaced(String(error));
      return;
    }
    if (subscriber !== this.subscriber) return;
    for (const channel of channels) this.noteMessage(channel);
    this.listening = true;
    this.options.onSubscribed(channels);
  }

  /** To be called regularly: a connection that is open and deaf gives no sign by itself. */
  replaceIfDeaf(): void {
    if (!this.listening || !this.isDeaf) return;
    this.stop();
    this.options.onReplaced(`no probe came back, ${mostMissed} in a row`);
    this.start();
  }
}
