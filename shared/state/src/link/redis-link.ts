import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { inOrder, type ScriptName, type ScriptValues } from '../scripts/contract';
import { shardOfPrefix } from '../scripts/keys';
import { loadScripts, refusedAsLateAtMs } from '../scripts/script';
import { parseRedisAddress } from './redis-address';
import { createRedisClient, isMemoryFull, isOfReplica, type RedisClient } from './redis-client';
import { RedisClock, unixMs } from './redis-clock';
import { RedisUnavailable } from './redis-unavailable';
import { ReplicaWaits } from './replica-waits';
import { isUnready, reasonOf } from './unavailable-reason';
import { untilReady } from './until-ready';
import { isBetweenMasters, ownerOf } from './whole-slot-cluster';

/** How long a replica is left alone before it is asked again; its address may lead elsewhere then. */
const replicaPauseMs = 1000;
/** How often Redis is asked for its time: for those who hear nothing else of it, and for a clock that is set. */
const askTimeMs = 1000;
/** How long before the time-out of a call its work must have begun in Redis, for the answer to arrive in time. */
const answerMarginMs = 100;

export type LinkOptions = {
  url: string;
  /** How long a command may take, in ms, before Redis counts as away. */
  commandTimeoutMs: number;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
  /** For those who only read: a replica is left otherwise, as it takes no writes. */
  replica?: 'will do';
  /** Told of every script call: how long it took in ms. */
  onCall?: (script: ScriptName, tookMs: number) => void;
};

/** Why a Redis counts as away that answers. */
export const isReplicaReason = 'it is a replica, not the master';

/**
 * @property back how long Redis was away; at first, how long the link waited for it
 * @property full a script of the shard was refused: Redis has no memory left
 */
type Events = { away: [reason: string]; back: [awayMs: number]; full: [shard: number] };

/** The connection that commands and scripts go through. Emits `away` and `back` when Redis goes and comes. */
export class RedisLink extends EventEmitter<Events> {
  readonly clock: RedisClock;
  private readonly redis: RedisClient;
  /** By connection, and gone with it. */
  private readonly waits = new WeakMap<Redis, ReplicaWaits>();
  /** Sockets of a Redis that was silent; they close in their own time. */
  private readonly left = new WeakSet<object>();
  private available = false;
  private askingTime: NodeJS.Timeout | undefined;
  private awaySinceMs: number;
  private lastReason = 'not connected yet';

  constructor(private readonly options: LinkOptions) {
    super();
    this.clock = new RedisClock(options.monotonicMs);
    this.awaySinceMs = options.monotonicMs();
    this.redis = createRedisClient(parseRedisAddress(options.url), options.commandTimeoutMs);
    for (const { name, ...script } of loadScripts()) this.redis.defineCommand(name, script);
    this.redis.on('error', (error) => {
      this.lastReason = reasonOf(error);
    });
    this.redis.on('ready', () => void this.greet()); // never rejects
    this.redis.on('close', () => this.lose(this.lastReason));
  }

  get isAvailable(): boolean {
    return this.available;
  }

  get wantsTls(): boolean {
    return this.options.url.startsWith('rediss');
  }

  /** Why Redis was last away. */
  get reason(): string {
    return this.lastReason;
  }

  /** Starts connecting; attempts go on by themselves. Resolves when Redis answers, rejects after the bound. */
  async connect(boundMs: number): Promise<void> {
    const first = new Promise<void>((resolve) => this.once('back', () => resolve()));
    this.redis.connect().catch(() => undefined); // a refusal is told by the 'error' and 'close' events
    this.askingTime = setInterval(() => this.followClock(), askTimeMs).unref();
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<never>((_, reject) => {
      const reason = () => (this.lastReason === 'not connected yet' ? 'no answer in time' : this.lastReason);
      timer = setTimeout(() => reject(new RedisUnavailable(reason())), boundMs);
    });
    await Promise.race([first, bound]).finally(() => clearTimeout(timer));
  }

  /**
   * The clock is set before anybody is told: deadlines are in Redis's time. All masters of a Cluster are asked, since the
   * client refuses commands for those that it is connecting to; one that answers is enough.
   */
  private async greet(): Promise<void> {
    const { monotonicMs } = this.options;
    // Reckoned as each answer comes: the slowest may take long.
    const aheadMs = (time: (string | number)[]) => unixMs(time) - monotonicMs();
    const ask = (node: Redis) =>
      Promise.all([
        node.time().then(aheadMs),
        untilReady(node, this.redis instanceof Cluster ? 'of a Cluster' : 'alone'),
      ]);
    const asked = await Promise.allSettled(this.masters().map(ask));
    const told = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value[0] : []));
    if (told.length === 0) {
      const refused = asked.find((answer) => answer.status === 'rejected');
      this.leave(this.redis, reasonOf(refused === undefined ? new Error('no master is known') : refused.reason));
      return;
    }
    if (this.options.replica !== 'will do' && (await this.isReplica())) {
      this.lastReason = isReplicaReason;
      await pause(replicaPauseMs, undefined, { ref: false });
      if (!this.available) this.leave(this.redis, this.lastReason);
      return;
    }
    if (this.redis.status !== 'ready') return; // closed meanwhile: the next connection is greeted
    this.clock.begin(monotonicMs() + Math.max(...told));
    this.available = true;
    this.lastReason = 'the connection was closed'; // unless an error says more
    this.emit('back', this.options.monotonicMs() - this.awaySinceMs);
  }

  /** One that does not answer is as silent as to any other command. */
  private followClock(): void {
    if (!this.available) return;
    const askedAtMs = this.options.monotonicMs();
    for (const node of this.masters()) {
      node.time().then(
        (time) => this.clock.observe(unixMs(time), askedAtMs),
        (error: Error) => this.judge(error, node),
      );
    }
  }

  /** A Cluster finds its masters itself. Who may not ask is told by the first write. */
  private async isReplica(): Promise<boolean> {
    if (this.redis instanceof Cluster) return false;
    const [role] = await this.redis.role().catch(() => ['unknown']);
    return role === 'slave';
  }

  private lose(reason: string): void {
    if (!this.available) return;
    this.available = false;
    this.awaySinceMs = this.options.monotonicMs();
    this.emit('away', reason);
  }

  /**
   * Leaves a Redis that is connected and silent (stopped, swapping): it is as good as away, and late replies to what was
   * given up must never be taken for replies to what comes next. Of a Cluster only the master that was asked is left.
   */
  private leave(silent: RedisClient, reason: string): void {
    this.lastReason = reason;
    if (this.isLeft(silent)) return;
    if (silent !== this.redis) {
      silent.disconnect();
      return;
    }
    this.lose(reason);
    this.redis.disconnect(true);
  }

  /** Of all the commands under way each finds it silent; the first is enough. */
  private isLeft(silent: RedisClient): boolean {
    const stream = silent instanceof Cluster ? undefined : silent.stream;
    if (stream === undefined) return false;
    const isLeft = this.left.has(stream);
    this.left.add(stream);
    return isLeft;
  }

  /** Who answers for a key: changes when a Cluster's slots move. The same for all keys of a single Redis. */
  ownerOf(key: string): string {
    return this.redis instanceof Cluster ? ownerOf(this.redis, key) : 'the one';
  }

  /** When whoever asks now will have given up, by Redis's clock: what it gets to later it must not do, as it was refused. */
  deadlineMs(): number {
    return this.clock.now() + this.options.commandTimeoutMs - answerMarginMs;
  }

  /**
   * Runs a script, a timed one until the deadline. Replies are bytes, as the script's header says.
   * @throws RedisUnavailable when Redis is away or does not answer in time; ReplyError when the script itself fails, or is late
   */
  async run<Name extends ScriptName>(
    script: Name,
    values: ScriptValues<Name>,
    deadlineMs = this.deadlineMs(),
  ): Promise<unknown> {
    if (!this.available) throw new RedisUnavailable(this.lastReason);
    const ordered = inOrder(script, values, deadlineMs);
    const firstKey = ordered[0] as string;
    const startedMs = this.options.monotonicMs();
    try {
      const call = (this.redis as Redis)[`${script}Buffer` as 'callBuffer'] as (...all: unknown[]) => Promise<unknown>;
      return await call.apply(this.redis, ordered);
    } catch (error) {
      // Else a clock of Redis that was set forward would be learned of by nobody who only asks in time.
      const lateAtMs = refusedAsLateAtMs(error as Error);
      if (lateAtMs !== undefined) this.clock.observe(lateAtMs, startedMs);
      const shard = isMemoryFull(error) ? shardOfPrefix(firstKey) : undefined;
      if (shard !== undefined) this.emit('full', shard);
      throw this.judge(error as Error, this.nodeOf(firstKey));
    } finally {
      this.options.onCall?.(script, this.options.monotonicMs() - startedMs);
    }
  }

  /** Whether that many replicas have, within the bound, all that this process wrote to the key's Redis. Never rejects. */
  async isReplicated(key: string, replicas: number, boundMs: number): Promise<boolean> {
    const node = this.nodeOf(key);
    if (!node) return false;
    let waits = this.waits.get(node);
    if (!waits) {
      waits = new ReplicaWaits(node, boundMs);
      this.waits.set(node, waits);
    }
    return (await waits.confirmed(replicas)) >= replicas;
  }

  /** The connection that commands for a key go over; none while a Cluster has no master for it. */
  private nodeOf(key: string): Redis | undefined {
    if (!(this.redis instanceof Cluster)) return this.redis;
    const owner = ownerOf(this.redis, key);
    return this.redis.nodes('all').find(({ options }) => `${options.host}:${options.port}` === owner);
  }

  /**
   * Commands issued inside leave in one write for each Redis instead of one each, which is a third of what they cost.
   */
  together(issue: () => void): void {
    const streams = this.available ? this.masters().flatMap(({ stream }) => stream ?? []) : [];
    for (const stream of streams) stream.cork();
    issue();
    for (const stream of streams) stream.uncork();
  }

  /** How long Redis takes to answer the least that can be asked of it, in ms. @throws RedisUnavailable */
  async roundTripMs(key: string): Promise<number> {
    const startedMs = this.options.monotonicMs();
    await this.command(key, (redis) => redis.exists(key));
    return this.options.monotonicMs() - startedMs;
  }

  /**
   * Plain commands, under the same rules as a script.
   * @param key or channel of all of them: says which master of a Cluster is left when it does not answer
   */
  async command<T>(key: string, send: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new RedisUnavailable(this.lastReason);
    try {
      return await send(this.redis as Redis); // what is sent here a Cluster takes too
    } catch (error) {
      throw this.judge(error as Error, this.nodeOf(key));
    }
  }

  /** A plain command without a key, to the Redis or to every master of a Cluster. @throws RedisUnavailable | ReplyError */
  async ofEachMaster<T>(send: (redis: Redis) => Promise<T>): Promise<T[]> {
    const masters = this.masters();
    if (!this.available) throw new RedisUnavailable(this.lastReason);
    if (masters.length === 0) throw new RedisUnavailable('no master is known');
    return Promise.all(
      masters.map((node) =>
        send(node).catch((error: Error) => {
          throw this.judge(error, node);
        }),
      ),
    );
  }

  private masters(): Redis[] {
    return this.redis instanceof Cluster ? this.redis.nodes('master') : [this.redis];
  }

  /** @param asked whoever did not do what it was asked; none while a Cluster has no master for it */
  private judge(error: Error, asked: Redis | undefined): Error {
    if (isBetweenMasters(error)) return new RedisUnavailable(`the keys move to another master (${error.message})`);
    if (isOfReplica(error) || isUnready(error)) return new RedisUnavailable(error.message);
    if (error.name === 'ReplyError') return error;
    if (error.message === 'Command timed out' && asked) {
      this.leave(asked, `no answer within ${this.options.commandTimeoutMs} ms`);
    }
    return new RedisUnavailable(reasonOf(error), 'unknown');
  }

  close(): void {
    this.available = false;
    clearInterval(this.askingTime);
    this.redis.disconnect();
  }
}
