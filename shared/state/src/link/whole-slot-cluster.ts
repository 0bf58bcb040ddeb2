import calculateSlot from 'cluster-key-slot';
import { Cluster, type ClusterOptions, type Redis, type RedisOptions } from 'ioredis';
import type { Host } from './redis-address';
import { isBetweenMasters, isMovedToNowhere, NobodyAnswers, reasonOf } from './redis-errors';

/** A node in the answer of CLUSTER SLOTS: its preferred endpoint, port, id, and what else is known of where it is. */
type SlotNode = [endpoint: string | null, port: number, id: string, elsewhere?: string[]];
type SlotRange = [first: number, last: number, ...nodes: SlotNode[]];
type OwnOptions = ClusterOptions & {
  redisOptions: NonNullable<ClusterOptions['redisOptions']> & { replyMapping?: 'legacy' };
};
type AskSlots = (what: string, answer: (error: Error | null, ranges?: SlotRange[]) => void) => unknown;

/**
 * A Cluster whose slots are used whole or not at all. While a slot moves key by key, the old master answers ASK for keys that it
 * no longer has, and the new master would run a script there on half a shard: on a queue without its messages. Commands are
 * refused until the slot has moved.
 *
 * Host names stay as they are, for certificates. A node without an endpoint has the host of the node that was asked.
 */
export class WholeSlotCluster extends Cluster {
  /** The last error of a connection that only reads the map of the slots; ioredis hides it. */
  private cause: Error | undefined;

  constructor(
    private readonly hosts: readonly Host[],
    private readonly own: OwnOptions,
  ) {
    super([...hosts], { ...own, dnsLookup: (name, found) => found(null, name) });
    this.on('+node', (node: Redis) => this.watchReadersOf(node));
  }

  override handleError(...[error, ttl, handlers]: Parameters<Cluster['handleError']>): void {
    if (isMovedToNowhere(error)) this.refreshSlotsCache();
    if (isBetweenMasters(error)) handlers.defaults();
    else super.handleError(error, ttl, handlers);
  }

  /** As `SoleRedis` has it. */
  override duplicate(_hosts?: unknown, changes?: ClusterOptions): never {
    return new WholeSlotCluster(this.hosts, { ...this.own, ...changes } as OwnOptions) as never;
  }

  /** When no node tells the map, ioredis gives no reason: this passes on the last node's. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [error] = args;
    if (event !== 'error' || !(error instanceof Error && 'lastNodeError' in error)) return super.emit(event, ...args);
    const last = error.lastNodeError instanceof Error ? error.lastNodeError : undefined;
    const isHidden = last === undefined || last.message.startsWith('Connection is closed');
    const reason = (isHidden ? this.cause : last) ?? new Error('no node answers');
    return super.emit('error', new NobodyAnswers(reasonOf(reason)));
  }

  /** ioredis reads the map over a connection of its own each time: a duplicate of a node's. */
  private watchReadersOf(node: Redis): void {
    const duplicate = node.duplicate.bind(node) as (changes?: Partial<RedisOptions>) => Redis;
    const reader = (changes?: Partial<RedisOptions>) => {
      const copy = duplicate(changes);
      copy.on('error', (error) => {
        this.cause = error;
      });
      const ask = copy.cluster.bind(copy) as AskSlots;
      const asked: AskSlots = (what, answer) => {
        return ask(what, (error, ranges) => answer(error, ranges && withEndpoints(ranges, node.options.host ?? '')));
      };
      return Object.assign(copy, { cluster: asked });
    };
    Object.assign(node, { duplicate: reader });
  }
}

/** @param asked the host that gave the answer */
function withEndpoints(ranges: SlotRange[], asked: string): SlotRange[] {
  return ranges.map(([first, last, ...nodes]) => [first, last, ...nodes.map((node) => withEndpoint(node, asked))]);
}

/** Null: no endpoint is told (`cluster-preferred-endpoint-type unknown-endpoint`); `?`: the node has no name. */
function withEndpoint([endpoint, port, id, elsewhere = []]: SlotNode, asked: string): SlotNode {
  if (endpoint !== null && endpoint !== '' && endpoint !== '?') return [endpoint, port, id, elsewhere];
  const ip = elsewhere[elsewhere.indexOf('ip') + 1];
  return [endpoint === '?' && ip ? ip : asked, port, id, elsewhere];
}

/** The master that a Cluster's map of slots names for a key, as `host:port`; '' while it names none. */
export function ownerOf(cluster: Cluster, key: string): string {
  return cluster.slots[calculateSlot(key)]?.[0] ?? '';
}
