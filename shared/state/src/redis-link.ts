import { EventEmitter } from 'node:events';
import { Redis, type RedisOptions } from 'ioredis';
import { RedisClock } from './redis-clock';
import { loadScripts, type ScriptName } from './script';

/** Redis is not there, or did not answer in time. Whoever asked is told 503; nothing is sent again by itself. */
export class RedisAway extends Error {
  override name = 'RedisAway';
}

export type LinkOptions = {
  url: string;
  /** How long a command may take, in ms, before Redis counts as away. */
  commandTimeoutMs: number;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
  /** Told of every script call: how long it took in ms, and whether it failed. */
  onCall?: (script: ScriptName, tookMs: number) => void;
};

type Events = { away: [reason: string]; back: [] };

const firstRetryMs = 50;
const longestRetryMs = 1000;

/** Waits between attempts to connect: doubling, bounded, with a random part so that edges do not come in step. */
function retryDelayMs(attempt: number): number {
  return Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs) + Math.random() * firstRetryMs;
}

/** Options of every connection on which somebody waits: fail soon, queue nothing, repeat nothing. */
export function impatient(commandTimeoutMs: number) {
  return {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2 * commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    retryStrategy: retryDelayMs,
  } satisfies RedisOptions;
}

/** The connection that commands and scripts go through. Emits `away` and `back` when Redis goes and comes. */
export class RedisLink extends EventEmitter<Events> {
  readonly clock: RedisClock;
  readonly redis: Redis;
  private available = false;
  private lastReason = 'not connected yet';

  constructor(private readonly options: LinkOptions) {
    super();
    this.clock = new RedisClock(options.monotonicMs);
    this.redis = new Redis(options.url, { ...impatient(options.commandTimeoutMs), lazyConnect: true });
    for (const { name, lua, keys } of loadScripts()) this.redis.defineCommand(name, { lua, numberOfKeys: keys });
    this.redis.on('error', (error) => {
      this.lastReason = error.message;
    });
    this.redis.on('ready', () => void this.greet());
    this.redis.on('close', () => this.lose(this.lastReason));
  }

  get isAvailable(): boolean {
    return this.available;
  }

  /** Why Redis was last away. */
  get reason(): string {
    return this.lastReason;
  }

  /** Starts connecting; attempts go on by themselves. Resolves when Redis answers, rejects after the bound. */
  async connect(boundMs: number): Promise<void> {
    const first = new Promise<void>((resolve) => this.once('back', resolve));
    this.redis.connect().catch(() => undefined); // a refusal is told by the 'error' and 'close' events
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RedisAway(this.lastReason)), boundMs);
    });
    await Promise.race([first, bound]).finally(() => clearTimeout(timer));
  }

  /** The clock is set before anybody is told: deadlines are in Redis's time. */
  private async greet(): Promise<void> {
    try {
      const [seconds, micros] = (await this.redis.time()) as unknown as [string, string];
      this.clock.observe(Number(seconds) * 1000 + Number(micros) / 1000);
    } catch (error) {
      this.dropConnection(String(error));
      return;
    }
    this.available = true;
    this.emit('back');
  }

  private lose(reason: string): void {
    if (!this.available) return;
    this.available = false;
    this.emit('away', reason);
  }

  private dropConnection(reason: string): void {
    this.lastReason = reason;
    this.lose(reason);
    this.redis.disconnect(true);
  }

  /**
   * Runs a script. Replies are bytes, as the script's header says.
   * @throws RedisAway when Redis is away or does not answer in time; ReplyError when the script itself fails
   */
  async run(script: ScriptName, keys: string[], args: (string | number | Buffer)[]): Promise<unknown> {
    if (!this.available) throw new RedisAway(this.lastReason);
    const startedMs = this.options.monotonicMs();
    try {
      const call = this.redis[`${script}Buffer` as 'callBuffer'] as (...all: unknown[]) => Promise<unknown>;
      return await call.apply(this.redis, [...keys, ...args]);
    } catch (error) {
      throw this.judge(error as Error);
    } finally {
      this.options.onCall?.(script, this.options.monotonicMs() - startedMs);
    }
  }

  /**
   * Commands issued inside leave in few writes instead of one each, which is a third of what they cost. Large ones do
   * not wait for the rest: Redis can begin while more is being written.
   */
  together(issue: () => void): void {
    const { stream } = this.redis;
    if (!this.available || !stream) {
      issue();
      return;
    }
    stream.cork();
    issue();
    stream.uncork();
  }

  /** A plain command, under the same rules as a script. */
  async command<T>(send: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.available) throw new RedisAway(this.lastReason);
    try {
      return await send(this.redis);
    } catch (error) {
      throw this.judge(error as Error);
    }
  }

  private judge(error: Error): Error {
    if (error.name === 'ReplyError') return error;
    // A Redis that is connected and silent (stopped, swapping) is as good as away: leave, so that late replies to
    // what was given up are never taken for replies to what comes next.
    if (error.message === 'Command timed out')
      this.dropConnection(`no answer within ${this.options.commandTimeoutMs} ms`);
    return new RedisAway(error.message);
  }

  close(): void {
    this.available = false;
    this.redis.disconnect();
  }
}
