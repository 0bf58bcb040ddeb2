import { EventEmitter } from 'node:events';
import { parseRedisAddress, type RedisAddress } from '../link/redis-address';
import { createSubscriber } from '../link/redis-client';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix, nodeChannel } from '../scripts/keys';
import { ChannelSubscriber } from './channel-subscriber';
import { FreshChannels } from './fresh-channels';
import { type Notice, readPublish } from './notice';
import { PublishNumbers } from './publish-numbers';

type Events = {
  notices: [notices: Notice[]];
  /** So many notices could not be read. Those that were published together with them were. */
  unreadable: [notices: number];
  /** The channels of these shards are subscribed now, and a publish that does not come is found; earlier notices may be missing. */
  listening: [shards: ReadonlySet<number>];
  /** Redis took so long to answer a probe, in ms. */
  probed: [tookMs: number];
  /** Something that was published for these shards has not come, or could not be read. */
  missed: [shards: ReadonlySet<number>];
  /** A subscriber was replaced, being deaf or closed, or its channels having moved. */
  replaced: [reason: string];
};

export type InboxOptions = {
  url: string;
  node: string;
  shards: number;
  commandTimeoutMs: number;
  monotonicMs: () => number;
};

const probeIntervalMs = 1000;

/**
 * Receives what is published to a node: one sharded channel for each shard, on the Redis that answers for the shard. Scripts
 * publish on the channel of a shard's lane. Pub/sub loses messages, and a subscription can go deaf without an error. So what is
 * published has numbers, and every second a probe tells over each lane's channel which was the last. A number that does not
 * fit tells of a loss; a subscriber that does not get its probes is replaced.
 */
export class Inbox extends EventEmitter<Events> {
  private readonly address: RedisAddress;
  private readonly channels: readonly string[];
  /** One for each Redis that has channels, by its name. */
  private subscribers = new Map<string, ChannelSubscriber>();
  /** By channel, the name of the Redis that it is subscribed at. */
  private ownerByChannel = new Map<string, string>();
  private probing: NodeJS.Timeout | undefined;
  /** By the channel of a lane, its shards. */
  private readonly shardsByLane = new Map<string, Set<number>>();
  private readonly numbers = new PublishNumbers();
  private readonly fresh = new FreshChannels();
  private readonly probeFresh = () => this.probe(this.fresh.channels);

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

  /** The shards of which `listening` was said, and that are subscribed still. */
  get listeningShards(): ReadonlySet<number> {
    const isHeard = (lane: string) => !this.fresh.has(lane) && this.subscriberOf(lane)?.isListening;
    return this.shardsOf([...this.shardsByLane.keys()].filter(isHeard));
  }

  /** Whether all channels are subscribed, and heard. */
  get isComplete(): boolean {
    return this.subscribers.size > 0 && this.listeningShards.size === this.channels.length;
  }

  /** Whether no Redis brings back the probes. */
  get isDeaf(): boolean {
    return !this.some((subscriber) => !subscriber.isDeaf);
  }

  /** Age of the oldest of the lanes' last messages, in ms: of the channels that are probed. */
  get probeAgeMs(): number {
    const silences = [...this.shardsByLane.keys()].map(
      (lane) => this.subscriberOf(lane)?.silenceMsOf(lane) ?? Number.POSITIVE_INFINITY,
    );
    return Math.max(0, ...silences);
  }

  private some(condition: (subscriber: ChannelSubscriber) => boolean): boolean {
    for (const subscriber of this.subscribers.values()) if (condition(subscriber)) return true;
    return false;
  }

  /** To be called once the link has been connected: it knows by then which shards make a lane. */
  start(): void {
    for (const shard of this.channels.keys()) {
      const lane = this.channels[this.link.laneOf(shard)]!;
      this.shardsByLane.set(lane, (this.shardsByLane.get(lane) ?? new Set()).add(shard));
    }
    this.follow();
    this.probing = setInterval(() => this.look(), probeIntervalMs);
    this.link.on('available', this.probeFresh);
  }

  stop(): void {
    clearInterval(this.probing);
    this.link.off('available', this.probeFresh);
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
    const subscriber = known ?? this.openAt(owner);
    subscriber.follow(channels);
    if (known) return;
    this.subscribers.set(owner, subscriber);
    subscriber.start();
  }

  private openAt(owner: string): ChannelSubscriber {
    const { commandTimeoutMs, monotonicMs } = this.options;
    return new ChannelSubscriber({
      connect: () => createSubscriber(this.address, commandTimeoutMs, owner),
      monotonicMs,
      onMessage: (channel, message) => this.receive(channel, message),
      onSubscribed: (channels) => this.begin(channels),
      onReplaced: (reason) => this.emit('replaced', reason),
    });
  }

  private subscriberOf(channel: string): ChannelSubscriber | undefined {
    return this.subscribers.get(this.ownerByChannel.get(channel) ?? '');
  }

  private shardsOf(lanes: readonly string[]): Set<number> {
    return new Set(lanes.flatMap((lane) => [...this.shardsByLane.get(lane)!]));
  }

  /** Losses are found from the first number on: it is asked for, and only then the node listens. */
  private begin(channels: readonly string[]): void {
    const lanes = channels.filter((channel) => this.shardsByLane.has(channel));
    for (const lane of lanes) this.numbers.begin(lane);
    this.heard(this.fresh.add(lanes));
    this.probe(lanes);
  }

  /** HOT PATH. */
  private receive(channel: string, message: Buffer): void {
    const { numbered, notices, unreadable } = readPublish(message);
    const sequel = numbered && this.numbers.note(channel, numbered);
    if (unreadable > 0) this.emit('unreadable', unreadable);
    if (notices.length > 0) this.emit('notices', notices);
    if (sequel === 'first') this.heard(this.fresh.settle(channel));
    else if (sequel === 'missed' || unreadable > 0) {
      this.emit('missed', this.shardsByLane.get(channel) ?? new Set([this.channels.indexOf(channel)]));
    }
  }

  private heard(lanes: readonly string[]): void {
    if (lanes.length > 0) this.emit('listening', this.shardsOf(lanes));
  }

  private look(): void {
    if (!this.link.isAvailable) return;
    this.follow();
    for (const subscriber of this.subscribers.values()) subscriber.replaceIfDeaf();
    this.probe([...this.shardsByLane.keys()]);
  }

  private probe(lanes: readonly string[]): void {
    if (!this.link.isAvailable) return; // all are probed when it is
    const { clock } = this.link;
    this.link.together(() => {
      for (const lane of lanes) {
        const askedAtMs = clock.monotonicMs();
        const values = { lane: lanePrefix(this.channels.indexOf(lane)), node: this.options.node };
        const sent = this.link.run('inbox_probe', values);
        this.subscriberOf(lane)?.probed(lane, sent);
        sent.then(
          (nowMs) => {
            clock.observe(Number(nowMs), askedAtMs);
            this.emit('probed', clock.monotonicMs() - askedAtMs);
          },
          () => undefined, // the probes that are missing tell it
        );
      }
    });
  }
}
