import { EventEmitter } from 'node:events';
import type { DeviceKey } from '@openrelay/protocol';
import { parseRedisAddress, type RedisAddress } from '../link/redis-address';
import { createSubscriber } from '../link/redis-client';
import type { RedisLink } from '../link/redis-link';
import { type QueuedMessage, unpackEnvelope } from '../messages/envelope';
import { nodeChannel } from '../scripts/keys';
import { unpackr } from '../scripts/message-pack';
import { ChannelSubscriber } from './channel-subscriber';
import { type AnsweredNotice, isWhole, type LiveNotice, readAnsweredNotice, readLiveNotice } from './live-notice';

/** What scripts publish to a node about its devices, and an operator about the node itself. */
export type Notice =
  | { kind: 'message'; device: DeviceKey; session: string; message: QueuedMessage }
  /** A message too large to publish lies in the queue. */
  | { kind: 'wake'; device: DeviceKey; session: string; seq: number }
  | { kind: 'replaced'; device: DeviceKey; session: string }
  | LiveNotice
  /** What became of a live-only message that this node forwarded. */
  | AnsweredNotice
  /** An operator asks the node to leave, as SIGTERM would. */
  | { kind: 'drain' };

type Events = {
  notices: [notices: Notice[]];
  /** So many notices could not be read. Those that were published together with them were. */
  unreadable: [notices: number];
  /** The channels of these shards are subscribed now; earlier notices may be missing. */
  listening: [shards: ReadonlySet<number>];
  /** A subscriber was replaced, being deaf or closed, or its channels having moved. */
  replaced: [reason: string];
};

/** What scripts and nodes publish are arrays; none of it is trusted. */
type Published = readonly unknown[];

/** The values of a publish; `rest` is 1 when something unreadable follows them. */
function readAll(message: Buffer): { values: unknown[]; rest: 0 | 1 } {
  try {
    return { values: unpackr.unpackMultiple(message) as unknown[], rest: 0 };
  } catch (error) {
    return { values: (error as { values?: unknown[] }).values ?? [], rest: 1 };
  }
}

/** `unknown`: a newer node's notice. */
function readNotice(value: unknown): Notice | 'unknown' | 'unreadable' {
  if (!Array.isArray(value)) return 'unreadable';
  return readPublished(value) ?? 'unreadable';
}

function readPublished(published: Published): Notice | 'unknown' | undefined {
  switch (published[0]) {
    case 'message':
    case 'wake':
    case 'replaced':
      return readHoldersNotice(published);
    case 'live':
      return readLiveNotice(published);
    case 'answered':
      return readAnsweredNotice(published);
    case 'drain':
      return { kind: 'drain' };
    default:
      return 'unknown';
  }
}

function readHoldersNotice([kind, device, session, seq, bytes]: Published): Notice | undefined {
  if (typeof device !== 'string' || typeof session !== 'string') return undefined;
  const holder = { device: device as DeviceKey, session };
  if (kind === 'replaced') return { kind, ...holder };
  if (!isWhole(seq)) return undefined;
  if (kind === 'wake') return { kind, ...holder, seq };
  if (!(bytes instanceof Uint8Array)) return undefined;
  const message = unpackEnvelope(bytes);
  return message && { kind: 'message', ...holder, message: { seq, bytes: bytes.length, ...message } };
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

/**
 * Receives what is published to a node: one sharded channel for each shard, on the Redis that answers for the shard. Pub/sub
 * loses messages, and a subscription can go deaf without an error. So a probe is sent over each channel every second, and a
 * subscriber that does not get its probes is replaced.
 */
export class Inbox extends EventEmitter<Events> {
  private readonly address: RedisAddress;
  private readonly channels: readonly string[];
  /** One for each Redis that has channels, by its name. */
  private subscribers = new Map<string, ChannelSubscriber>();
  /** By channel, the name of the Redis that it is subscribed at. */
  private ownerByChannel = new Map<string, string>();
  private probing: NodeJS.Timeout | undefined;

  constructor(
    private readonly link: RedisLink,
    private readonly options: InboxOptions,
  ) {
    super();
    this.address = parseRedisAddress(options.url);
    this.channels = Array.from({ length: options.shards }, (_, shard) => nodeChannel(shard, options.node));
  }

  /** Whether some channel is subscribed: of a Cluster that lost a master, the other shards go on. */
  get isListening(): boolean {
    return this.some((subscriber) => subscriber.isListening);
  }

  /** The shards whose channels are subscribed. */
  get listeningShards(): ReadonlySet<number> {
    const owners = this.channels.map((channel) => this.ownerByChannel.get(channel));
    return new Set([...owners.keys()].filter((shard) => this.subscribers.get(owners[shard] ?? '')?.isListening));
  }

  /** Whether all channels are subscribed. */
  get isComplete(): boolean {
    return this.subscribers.size > 0 && !this.some((subscriber) => !subscriber.isListening);
  }

  /** Whether no Redis brings back the probes. */
  get isDeaf(): boolean {
    return !this.some((subscriber) => !subscriber.isDeaf);
  }

  /** Age of the oldest of the channels' last messages, in ms. */
  get probeAgeMs(): number {
    return Math.max(0, ...[...this.subscribers.values()].map((subscriber) => subscriber.silenceMs));
  }

  private some(condition: (subscriber: ChannelSubscriber) => boolean): boolean {
    for (const subscriber of this.subscribers.values()) if (condition(subscriber)) return true;
    return false;
  }

  start(): void {
    this.follow();
    this.probing = setInterval(() => this.probe(), probeIntervalMs);
  }

  stop(): void {
    clearInterval(this.probing);
    for (const subscriber of this.subscribers.values()) subscriber.stop();
    this.subscribers.clear();
  }

  /** Subscribes each channel where it is now, if that has changed. */
  private follow(): void {
    const owners = this.channels.map((channel) => this.link.ownerOf(channel));
    // While a master is missing in a Cluster's map, the last complete map is the best there is.
    const isMoved = this.channels.some((channel, shard) => owners[shard] !== this.ownerByChannel.get(channel));
    if (owners.includes('') || !isMoved) return;
    const hadAny = this.subscribers.size > 0;
    this.ownerByChannel = new Map(this.channels.map((channel, shard) => [channel, owners[shard]!]));
    if (hadAny) this.emit('replaced', 'the shards moved');
    this.stopAllBut(new Set(owners));
    for (const owner of new Set(owners)) this.followAt(owner);
  }

  private stopAllBut(owners: ReadonlySet<string>): void {
    for (const [owner, subscriber] of this.subscribers) {
      if (owners.has(owner)) continue;
      subscriber.stop();
      this.subscribers.delete(owner);
    }
  }

  private followAt(owner: string): void {
    const channels = this.channels.filter((channel) => this.ownerByChannel.get(channel) === owner);
    const known = this.subscribers.get(owner);
    const subscriber = known ?? this.subscriberOf(owner);
    subscriber.follow(channels);
    if (known) return;
    this.subscribers.set(owner, subscriber);
    subscriber.start();
  }

  private subscriberOf(owner: string): ChannelSubscriber {
    const { commandTimeoutMs, monotonicMs } = this.options;
    return new ChannelSubscriber({
      connect: () => createSubscriber(this.address, commandTimeoutMs, owner),
      monotonicMs,
      onMessage: (message) => this.receive(message),
      onSubscribed: (channels) =>
        this.emit('listening', new Set(channels.map((channel) => this.channels.indexOf(channel)))),
      onReplaced: (reason) => this.emit('replaced', reason),
    });
  }

  private receive(message: Buffer): void {
    if (message.equals(probeText)) return;
    const { values, rest } = readAll(message);
    const notices: Notice[] = [];
    let unreadable = rest;
    for (const value of values) {
      const notice = readNotice(value);
      if (notice === 'unreadable') unreadable += 1;
      else if (notice !== 'unknown') notices.push(notice);
    }
    if (unreadable > 0) this.emit('unreadable', unreadable);
    this.emit('notices', notices);
  }

  private probe(): void {
    if (!this.link.isAvailable) return;
    this.follow();
    for (const subscriber of this.subscribers.values()) subscriber.replaceIfDeaf();
    for (const channel of this.channels) {
      const sent = this.link.command(channel, (redis) => redis.spublish(channel, probeText));
      this.subscribers.get(this.ownerByChannel.get(channel) ?? '')?.probed(channel, sent);
    }
  }
}
