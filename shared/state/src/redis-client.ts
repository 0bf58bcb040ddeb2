import calculateSlot from 'cluster-key-slot';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-address';

/** A connection to one Redis (found by Sentinel or not), or to all masters of a Redis Cluster. */
export type RedisClient = Redis | Cluster;

const firstRetryMs = 50;
const longestRetryMs = 1000;

/** Waits between attempts to connect: doubling, bounded, with a random part so that edges do not come in step. */
function retryDelayMs(attempt: number): number {
  return Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs) + Math.random() * firstRetryMs;
}

/**
 * Options of every connection on which somebody waits: fail soon, queue nothing, repeat nothing. A script that was sent
 * again because its answer got lost would count and store twice.
 */
function impatient(commandTimeoutMs: number) {
  return {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2 * commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    lazyConnect: true,
  } satisfies RedisOptions;
}

/** Whether Redis refused a command because it is a replica: the master that it was is elsewhere. */
export function isOfReplica({ message }: Error): boolean {
  return message.startsWith('READONLY');
}

/** How often the map of a Cluster's slots is read again; a failed-over master is found within this. */
const slotsRefreshMs = 1000;

function accessOf({ username, password, tls }: Exclude<RedisAddress, { kind: 'single' }>) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}

/** How long a connection of a job queue may be silent: longer than any command of it waits for something to do. */
const longestSilenceMs = 30_000;

/** Options of connections on which nobody waits: what is asked waits for Redis. BullMQ demands the first. */
const patient = {
  maxRetriesPerRequest: null,
  socketTimeout: longestSilenceMs,
  lazyConnect: true,
} satisfies RedisOptions;

type Patience = ReturnType<typeof impatient> | typeof patient;
type ClusterPatience = Pick<
  ClusterOptions,
  'enableOfflineQueue' | 'slotsRefreshTimeout' | 'retryDelayOnFailover' | 'retryDelayOnClusterDown'
>;

/** A client that is not connected yet. Nothing but a redirection makes it send a command twice. */
export function createRedisClient(address: RedisAddress, commandTimeoutMs: number): RedisClient {
  return createClient(address, impatient(commandTimeoutMs), {
    enableOfflineQueue: false,
    slotsRefreshTimeout: commandTimeoutMs,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  });
}

/** A client that is not connected yet and never gives up; a command whose answer got lost is sent again. */
export function createPatientClient(address: RedisAddress): RedisClient {
  return createClient(address, patient, {});
}

function createClient(address: RedisAddress, patience: Patience, inCluster: ClusterPatience): RedisClient {
  switch (address.kind) {
    case 'single':
      return new Redis(address.url, {
        ...patience,
        retryStrategy: retryDelayMs,
        reconnectOnError: isOfReplica, // its address may lead to the master by now
      });
    case 'sentinel':
      return new Redis({
        ...patience,
        ...accessOf(address),
        sentinels: address.hosts,
        name: address.name,
        failoverDetector: true,
        sentinelRetryStrategy: retryDelayMs,
        retryStrategy: retryDelayMs,
        reconnectOnError: isOfReplica,
      });
    case 'cluster': {
      const options = {
        ...inCluster,
        lazyConnect: true,
        slotsRefreshInterval: slotsRefreshMs,
        clusterRetryStrategy: retryDelayMs,
        redisOptions: { ...patience, ...accessOf(address) },
      } satisfies ClusterOptions;
      return new WholeSlotCluster(address.hosts, options);
    }
  }
}

/**
 * A Cluster whose slots are used whole or not at all. While a slot moves key by key, the old master answers for keys it no
 * longer has with ASK, and the new master would run a script there on half a shard: on a queue without its messages.
 * Whoever asks is refused until the slot has moved.
 */
class WholeSlotCluster extends Cluster {
  override handleError(...[error, ttl, handlers]: Parameters<Cluster['handleError']>): void {
    if (isBetweenMasters(error)) handlers.defaults();
    else super.handleError(error, ttl, handlers);
  }
}

/** Whether Redis refused a command because the slot of its keys is on the way to another master. */
export function isBetweenMasters({ message }: Error): boolean {
  return message.startsWith('ASK ') || message.startsWith('TRYAGAIN ');
}

/** The master that a Cluster's map of slots names for a key, as `host:port`; '' while it names none. */
export function ownerOf(cluster: Cluster, key: string): string {
  return cluster.slots[calculateSlot(key)]?.[0] ?? '';
}

/** A connection for subscriptions, not connected yet. In a Cluster it goes to the given master. */
export function createSubscriber(address: RedisAddress, commandTimeoutMs: number, owner: string): Redis {
  if (address.kind !== 'cluster') return createRedisClient(address, commandTimeoutMs) as Redis;
  const [, host = '', port] = /^(.*):(\d+)$/.exec(owner) ?? [];
  const patience = impatient(commandTimeoutMs);
  return new Redis({ ...patience, ...accessOf(address), host, port: Number(port), retryStrategy: retryDelayMs });
}
