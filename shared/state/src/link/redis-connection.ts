import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import type { ScriptName } from '../scripts/contract';
import { parseRedisAddress } from './redis-address';
import { createRedisClient, type RedisClient } from './redis-client';
import { RedisClock, unixMs } from './redis-clock';
import { isBetweenMasters, isOfReplica, isUnready, RedisUnavailable, reasonOf } from './redis-errors';
import { ownerOf } from './whole-slot-cluster';

/** How long a replica is left alone before it is asked again; by then its address may lead to a master. */
const replicaPauseMs = 1000;
/** How often Redis is asked for its time: a node may have nothing else to ask, and the clock may be set. */
const askTimeMs = 1000;

export type LinkOptions = {
  url: string;
  /** How long a command may take, in ms, before Redis counts as unavailable. */
  commandTimeoutMs: number;
  monotonicMs: () => number;
  /** Called after every script call, with how long it took in ms. */
  onCall?: (script: ScriptName, tookMs: number) => void;
  /** For services that only read. Without it a replica is dropped, as it takes no writes. */
  replica?: 'will do';
};

/** The reason why a replica counts as unavailable, though it answers. */
export const isReplicaReason = 'it is a replica, not the master';

/**
 * @property available how long Redis was unavailable; at first, how long the connection waited for it
 * @property full a script was refused for a lane, which is named: Redis's memory is full
 */
type Events = { unavailable: [reason: string]; available: [afterMs: number]; full: [lane: number] };

/** A connection to Redis that knows whether Redis is available, and its clock. Emits `unavailable` and `available`. */
export abstract class RedisConnection extends EventEmitter<Events> {
  readonly clock: RedisClock;
  protected readonly redis: RedisClient;
  /** Sockets of a Redis that did not answer; they close in their own time. */
  private readonly dropped = new WeakSet<object>();
  private available = false;
  /** Whether Redis refuses calls whose keys lie in several slots; a sole one may be set up so, too. */
  private isOfCluster: boolean;
  private askingTime: NodeJS.Timeout | undefined;
  /** Ends what waits for the first answer. */
  private giveUp: () => void = () => undefined;
  private unavailableSinceMs: number;
  private lastReason = 'not connected yet';

  constructor(protected readonly options: LinkOptions) {
    super();
    this.clock = new RedisClock(options.monotonicMs);
    this.unavailableSinceMs = options.monotonicMs();
    this.redis = createRedisClient(parseRedisAddress(options.url), options.commandTimeoutMs);
    this.isOfCluster = this.redis instanceof Cluster;
    this.redis.on('error', (error) => {
      this.lastReason = reasonOf(error);
    });
    this.redis.on('ready', () => void this.greet()); // never rejects
    this.redis.on('close', () => this.lose(this.lastReason));
  }

  get isAvailable(): boolean {
    return this.available;
  }

  /**
   * The set of shards that a call for this shard may touch as well, and what it touches beside them: in a Cluster each shard is a
   * lane of its own; where there is one Redis all shards are lane 0.
   */
  laneOf(shard: number): number {
    return this.isOfCluster ? shard : 0;
  }

  /** How many lanes so many shards make. */
  lanes(shards: number): number {
    return this.isOfCluster ? shards : Math.min(1, shards);
  }

  get wantsTls(): boolean {
    return this.options.url.startsWith('rediss');
  }

  /** Why Redis was last unavailable. */
  get reason(): string {
    return this.lastReason;
  }

  /**
   * Starts connecting; attempts go on by themselves. Resolves when Redis answers.
   * @throws RedisUnavailable after the bound, or when it is closed before
   */
  async connect(boundMs: number): Promise<void> {
    const first = new Promise<void>((resolve) => this.once('available', () => resolve()));
    this.redis.connect().catch(() => undefined); // a refusal comes as the events 'error' and 'close'
    this.askingTime = setInterval(() => this.followClock(), askTimeMs).unref();
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<never>((_, reject) => {
      const reason = () => (this.lastReason === 'not connected yet' ? 'no answer in time' : this.lastReason);
      this.giveUp = () => reject(new RedisUnavailable(reason()));
      timer = setTimeout(this.giveUp, boundMs);
    });
    await Promise.race([first, bound]).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.available = false;
    clearInterval(this.askingTime);
    this.giveUp();
    this.redis.disconnect();
  }

  /** Who answers for a key, which changes when the slots of a Cluster move. The same for all keys of a single Redis. */
  ownerOf(key: string): string {
    return this.redis instanceof Cluster ? ownerOf(this.redis, key) : 'the one';
  }

  protected assertAvailable(): void {
    if (!this.available) throw new RedisUnavailable(this.lastReason);
  }

  protected masters(): Redis[] {
    return this.redis instanceof Cluster ? this.redis.nodes('master') : [this.redis];
  }

  /** The connection that commands for a key go over; none while a Cluster has no master for it. */
  protected nodeOf(key: string): Redis | undefined {
    if (!(this.redis instanceof Cluster)) return this.redis;
    const owner = ownerOf(this.redis, key);
    return this.redis.nodes('all').find(({ options }) => `${options.host}:${options.port}` === owner);
  }

  /**
   * Says what the failure of a command means. A Redis that did not answer in time is dropped.
   * @param asked who was asked; none while a Cluster has no master for the key
   */
  protected judge(error: Error, asked: Redis | undefined): Error {
    if (isBetweenMasters(error)) return new RedisUnavailable(`the keys move to another master (${error.message})`);
    if (isOfReplica(error) || isUnready(error)) return new RedisUnavailable(error.message);
    if (error.name === 'ReplyError') return error;
    if (error.message === 'Command timed out' && asked) {
      this.drop(asked, `no answer within ${this.options.commandTimeoutMs} ms`);
    }
    return new RedisUnavailable(reasonOf(error), 'unknown');
  }

  /**
   * Sets the clock before it says `available`: deadlines are in Redis's time. All masters of a Cluster are asked, because the
   * client refuses commands for those that it is still connecting to; one answer is enough.
   */
  private async greet(): Promise<void> {
    const { monotonicMs } = this.options;
    // Computed as each answer comes: the slowest may take long.
    const aheadMs = (time: (string | number)[]) => unixMs(time) - monotonicMs();
    const ask = (node: Redis) => Promise.all([node.time().then(aheadMs), this.untilReady(node)]);
    const asked = await Promise.allSettled(this.masters().map(ask));
    const told = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value[0] : []));
    if (told.length === 0) {
      const refused = asked.find((answer) => answer.status === 'rejected');
      this.drop(this.redis, reasonOf(refused === undefined ? new Error('no master is known') : refused.reason));
      return;
    }
    if (this.options.replica !== 'will do' && (await this.isReplica())) {
      this.lastReason = isReplicaReason;
      await pause(replicaPauseMs, undefined, { ref: false });
      if (!this.available) this.drop(this.redis, this.lastReason);
      return;
    }
    if (!(this.redis instanceof Cluster)) this.isOfCluster = await this.isInClusterMode(this.redis);
    if (this.redis.status !== 'ready') return; // closed meanwhile: the next connection is greeted
    this.clock.begin(monotonicMs() + Math.max(...told));
    this.available = true;
    this.lastReason = 'the connection was closed'; // unless an error says more
    this.emit('available', this.options.monotonicMs() - this.unavailableSinceMs);
  }

  /**
   * Rejects for a server that still loads its data, or whose Cluster is down: it answers some commands even so. A user without
   * the permission to ask learns of it by the first command that is refused.
   */
  private async untilReady(node: Redis): Promise<void> {
    const unready = (error: Error) => {
      if (isUnready(error)) throw error;
    };
    const states = this.redis instanceof Cluster ? [assertClusterIsUp(node)] : [];
    await Promise.all([node.ping(), ...states].map((asked) => asked.catch(unready)));
  }

  /** One that does not say is as it was. */
  private async isInClusterMode(sole: Redis): Promise<boolean> {
    const saysNo = (error: Error) => (error.message.includes('cluster support disabled') ? false : this.isOfCluster);
    return sole.cluster('INFO').then(() => true, saysNo);
  }

  /** A Cluster finds its masters itself. A user without the permission to ask learns of it by the first write. */
  private async isReplica(): Promise<boolean> {
    if (this.redis instanceof Cluster) return false;
    const [role] = await this.redis.role().catch(() => ['unknown']);
    return role === 'slave';
  }

  /** Nothing else has told Redis's time lately. A Redis that does not answer this is dropped as after any other command. */
  private followClock(): void {
    if (!this.available || this.clock.ageMs < askTimeMs) return;
    const askedAtMs = this.options.monotonicMs();
    for (const node of this.masters()) {
      node.time().then(
        (time) => this.clock.observe(unixMs(time), askedAtMs),
        (error: Error) => this.judge(error, node),
      );
    }
  }

  private lose(reason: string): void {
    if (!this.available) return;
    this.available = false;
    this.unavailableSinceMs = this.options.monotonicMs();
    this.emit('unavailable', reason);
  }

  /**
   * Drops the connection to a Redis that is connected and silent (stopped, swapping). It counts as unavailable, and its late
   * replies must never be taken for replies to later commands. Of a Cluster only the master that was asked is dropped.
   */
  private drop(silent: RedisClient, reason: string): void {
    this.lastReason = reason;
    if (this.wasDropped(silent)) return;
    if (silent !== this.redis) {
      silent.disconnect();
      return;
    }
    this.lose(reason);
    this.redis.disconnect(true);
  }

  /** Each of the commands under way finds the Redis silent; the first one is enough. */
  private wasDropped(silent: RedisClient): boolean {
    const stream = silent instanceof Cluster ? undefined : silent.stream;
    if (stream === undefined) return false;
    const wasDropped = this.dropped.has(stream);
    this.dropped.add(stream);
    return wasDropped;
  }
}

async function assertClusterIsUp(node: Redis): Promise<void> {
  const state = await node.cluster('INFO');
  if (String(state).includes('cluster_state:fail')) throw new Error('CLUSTERDOWN The cluster is down');
}
