import { EventEmitter } from 'node:events';
import type { DeviceKey } from '@openrelay/protocol';
import { Redis } from 'ioredis';
import { type Envelope, type QueuedMessage, unpackEnvelope } from './envelope';
import { nodeChannel } from './keys';
import { impatient, type RedisLink } from './redis-link';
import { unpackr } from './unpack';

/** What the scripts tell a node of a device that it holds. */
export type Notice =
  | { kind: 'message'; device: DeviceKey; session: string; message: QueuedMessage }
  /** A message too large to publish lies in the queue. */
  | { kind: 'wake'; device: DeviceKey; session: string; seq: number }
  | { kind: 'replaced'; device: DeviceKey; session: string }
  | { kind: 'ephemeral'; device: DeviceKey; session: string; envelope: Envelope };

type Events = {
  notices: [notices: Notice[]];
  /** All channels are subscribed; what was published before may be missing. */
  listening: [];
  /** The subscriber was replaced, having gone deaf or away. */
  replaced: [reason: string];
};

type Published = [kind: string, device: DeviceKey, session: string, third?: number | Uint8Array, fourth?: Uint8Array];

function readNotice([kind, device, session, third, fourth]: Published): Notice | undefined {
  switch (kind) {
    case 'message': {
      const bytes = fourth as Uint8Array;
      const { expiresAtMs, envelope } = unpackEnvelope(bytes);
      return { kind, device, session, message: { seq: third as number, bytes: bytes.length, expiresAtMs, envelope } };
    }
    case 'wake':
      return { kind, device, session, seq: third as number };
    case 'replaced':
      return { kind, device, session };
    case 'ephemeral':
      return { kind, device, session, envelope: unpackEnvelope(third as Uint8Array).envelope };
    default:
      return undefined; // a newer node's notice, or a probe
  }
}

export type InboxOptions = {
  url: string;
  node: string;
  shards: number;
  commandTimeoutMs: number;
  monotonicMs: () => number;
};

const probeText = Buffer.from([0x91, 0xa5, ...Buffer.from('probe')]);
const probeIntervalMs = 1000;
/** A channel that has not carried a probe for this long is deaf. */
const deafAfterMs = 3000;

/**
 * A node's ear: one sharded channel for each shard. Pub/sub forgets, and can go deaf without an error; so a probe is
 * sent over each channel every second, and when one stays away the subscriber is replaced.
 */
export class Inbox extends EventEmitter<Events> {
  private subscriber: Redis | undefined;
  private probing: NodeJS.Timeout | undefined;
  private readonly heardAtMs: Map<string, number>;
  private subscribedAtMs = Number.NEGATIVE_INFINITY;
  private listening = false;

  constructor(
    private readonly link: RedisLink,
    private readonly options: InboxOptions,
  ) {
    super();
    const channels = Array.from({ length: options.shards }, (_, shard) => nodeChannel(shard, options.node));
    this.heardAtMs = new Map(channels.map((channel) => [channel, 0]));
  }

  get isListening(): boolean {
    return this.listening;
  }

  /** Age of the oldest of the channels' last probes, in ms. */
  get probeAgeMs(): number {
    return this.options.monotonicMs() - Math.min(...this.heardAtMs.values());
  }

  /** A channel has carried nothing for too long, not even our own probe. */
  get isDeaf(): boolean {
    return this.probeAgeMs > deafAfterMs;
  }

  start(): void {
    this.subscriber = this.connect();
    this.probing = setInterval(() => this.probe(), probeIntervalMs);
  }

  stop(): void {
    clearInterval(this.probing);
    this.listening = false;
    this.subscriber?.removeAllListeners();
    this.subscriber?.on('error', () => undefined);
    this.subscriber?.disconnect();
    this.subscriber = undefined;
  }

  private connect(): Redis {
    const subscriber = new Redis(this.options.url, impatient(this.options.commandTimeoutMs));
    subscriber.on('error', () => undefined); // told by 'close', and by the probes that stay away
    subscriber.on('ready', () => void this.subscribe(subscriber));
    subscriber.on('close', () => {
      this.listening = false;
    });
    subscriber.on('smessageBuffer', (channel: Buffer, message: Buffer) => this.hear(String(channel), message));
    return subscriber;
  }

  private async subscribe(subscriber: Redis): Promise<void> {
    try {
      // One channel a command: in Redis Cluster each may lie in a slot of its own.
      await Promise.all([...this.heardAtMs.keys()].map((channel) => subscriber.ssubscribe(channel)));
    } catch (error) {
      if (subscriber === this.subscriber) subscriber.disconnect(true);
      this.emit('replaced', String(error));
      return;
    }
    if (subscriber !== this.subscriber) return;
    this.subscribedAtMs = this.options.monotonicMs();
    for (const channel of this.heardAtMs.keys()) this.heardAtMs.set(channel, this.subscribedAtMs);
    this.listening = true;
    this.emit('listening');
  }

  private hear(channel: string, message: Buffer): void {
    this.heardAtMs.set(channel, this.options.monotonicMs());
    if (message.equals(probeText)) return;
    const notices: Notice[] = [];
    for (const published of unpackr.unpackMultiple(message) as Published[]) {
      const notice = readNotice(published);
      if (notice) notices.push(notice);
    }
    this.emit('notices', notices);
  }

  private probe(): void {
    if (!this.link.isAvailable || !this.listening) return;
    if (this.isDeaf) {
      this.replace(`no probe came back for ${deafAfterMs} ms`);
      return;
    }
    for (const channel of this.heardAtMs.keys()) {
      // A probe that cannot be sent is one that does not come back.
      this.link.command((redis) => redis.spublish(channel, probeText)).catch(() => undefined);
    }
  }

  private replace(reason: string): void {
    this.listening = false;
    this.emit('replaced', reason);
    const deaf = this.subscriber;
    this.subscriber = this.connect();
    deaf?.removeAllListeners();
    deaf?.on('error', () => undefined);
    deaf?.disconnect();
  }
}
