import type { Redis } from 'ioredis';
import { inOrder, type ScriptArgument, type ScriptName, type ScriptValues } from '../scripts/contract';
import { numberOfPrefix } from '../scripts/keys';
import { loadScripts, refusedAsLateAtMs, type Script } from '../scripts/script';
import { LargeCall, type Pieces } from './large-call';
import { type LinkOptions, RedisConnection } from './redis-connection';
import { isMemoryFull, isUnknownScript, RedisUnavailable } from './redis-errors';
import { ReplicaWaits } from './replica-waits';

/** How long before the time-out of a call Redis must have begun with it, so that the answer arrives in time. */
const answerMarginMs = 100;

/** The arguments of a call with more of them in front of the deadline. */
function withMore(ordered: readonly ScriptArgument[], more: readonly Pieces[]): readonly ScriptArgument[] {
  if (more.length === 0) return ordered;
  const all = ordered.slice(0, -1);
  for (const pieces of more) all.push(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  all.push(ordered.at(-1)!);
  return all;
}

/** What all stores ask Redis through: scripts and plain commands. */
export class RedisLink extends RedisConnection {
  private readonly scripts = new Map<ScriptName, Script>();
  /** By connection, and gone with it. */
  private readonly waits = new WeakMap<Redis, ReplicaWaits>();

  constructor(options: LinkOptions) {
    super(options);
    for (const script of loadScripts()) {
      const { name, lua, numberOfKeys } = script;
      this.scripts.set(name, script);
      this.redis.defineCommand(name, { lua, numberOfKeys });
    }
  }

  /** When a caller of now gives up, by Redis's clock. The caller has been refused by then, so Redis must do nothing later. */
  deadlineMs(): number {
    return this.clock.now() + this.options.commandTimeoutMs - answerMarginMs;
  }

  /**
   * Runs a script; one that takes a deadline does nothing after it. Replies are bytes, as the script's header says.
   * @param values what the script's contract names
   * @param more arguments behind those of the contract, as many as the script is told of; what is in several pieces is large
   * @throws RedisUnavailable when Redis is unavailable or does not answer in time; ReplyError when the script fails, or is late
   */
  async run<Name extends ScriptName>(
    script: Name,
    values: ScriptValues<Name>,
    deadlineMs = this.deadlineMs(),
    more: readonly Pieces[] = [],
  ): Promise<unknown> {
    this.assertAvailable();
    const ordered = inOrder(script, values, deadlineMs);
    const firstKey = ordered[0] as string;
    const startedMs = this.options.monotonicMs();
    try {
      const isLarge = more.some(({ length }) => length > 1);
      return await (isLarge ? this.callLarge(script, ordered, more) : this.call(script, withMore(ordered, more)));
    } catch (error) {
      // A call that is in time tells nothing of a Redis clock that was set forward: this refusal does.
      const lateAtMs = refusedAsLateAtMs(error as Error);
      if (lateAtMs !== undefined) this.clock.observe(lateAtMs, startedMs);
      const lane = isMemoryFull(error) ? numberOfPrefix(firstKey) : undefined;
      if (lane !== undefined) this.emit('full', lane);
      throw this.judge(error as Error, this.nodeOf(firstKey));
    } finally {
      this.options.onCall?.(script, this.options.monotonicMs() - startedMs);
    }
  }

  private call(script: ScriptName, ordered: readonly ScriptArgument[]): Promise<unknown> {
    const call = (this.redis as Redis)[`${script}Buffer` as 'callBuffer'] as (...all: unknown[]) => Promise<unknown>;
    return call.apply(this.redis, ordered as ScriptArgument[]);
  }

  private async callLarge(
    script: ScriptName,
    ordered: readonly ScriptArgument[],
    more: readonly Pieces[],
  ): Promise<unknown> {
    try {
      return await this.redis.sendCommand(new LargeCall(this.scripts.get(script)!, ordered, more));
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
    }
    // Nothing has run. ioredis sends the script with the call.
    return this.call(script, withMore(ordered, more));
  }

  /**
   * Plain commands, under the same rules as a script.
   * @param key or channel of all of them: names the master of a Cluster that is left when it does not answer
   */
  async command<T>(key: string, send: (redis: Redis) => Promise<T>): Promise<T> {
    this.assertAvailable();
    try {
      return await send(this.redis as Redis); // a Cluster takes the same commands
    } catch (error) {
      throw this.judge(error as Error, this.nodeOf(key));
    }
  }

  /** A plain command without a key, to the Redis or to every master of a Cluster. @throws RedisUnavailable | ReplyError */
  async ofEachMaster<T>(send: (redis: Redis) => Promise<T>): Promise<T[]> {
    const masters = this.masters();
    this.assertAvailable();
    if (masters.length === 0) throw new RedisUnavailable('no master is known');
    return Promise.all(
      masters.map((node) =>
        send(node).catch((error: Error) => {
          throw this.judge(error, node);
        }),
      ),
    );
  }

  /** Commands issued inside leave in one write for each Redis instead of one each, which saves two thirds of their cost. */
  together(issue: () => void): void {
    const streams = this.isAvailable ? this.masters().flatMap(({ stream }) => stream ?? []) : [];
    for (const stream of streams) stream.cork();
    issue();
    for (const stream of streams) stream.uncork();
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
}
