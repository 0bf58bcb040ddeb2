import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { readAnswersBeforeTimeOut } from './command-time-out';
import { MasterFinder } from './master-finder';
import type { RedisAddress } from './redis-address';
import { isOfReplica } from './redis-errors';
import { SoleRedis } from './sole-redis';
import { WholeSlotCluster } from './whole-slot-cluster';

/** A connection to one Redis (found by Sentinel or not), or to all masters of a Redis Cluster. */
export type RedisClient = Redis | Cluster;

readAnswersBeforeTimeOut();

const firstRetryMs = 50;
const longestRetryMs = 1000;

/** Waits between attempts to connect: doubling, bounded, with a random part so that edges do not come at once. */
function retryDelayMs(attempt: number): number {
  return Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs) + Math.random() * firstRetryMs;
}

/**
 * Options of every connection on whose replies callers wait: fail soon, queue nothing, send nothing twice. A script that was
 * sent again because its answer got lost would count and store twice.
 */
function failFast(commandTimeoutMs: number) {
  return {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2 * commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    lazyConnect: true,
    disableClientInfo: true, // a permission more, for a name in CLIENT LIST
  } satisfies RedisOptions;
}

/** How often the map of a Cluster's slots is read again; a new master is found within this time. */
const slotsRefreshMs = 1000;

/** Always names the user: without one, ioredis warns on standard error about a server that needs no password. */
function accessOf({ username, password, tls }: Pick<RedisAddress, 'username' | 'password' | 'tls'>) {
  const isKnown = username !== undefined || password !== undefined;
  return {
    ...(isKnown ? { username: username ?? 'default', password: password ?? '' } : {}),
    ...(tls ? { tls: {} } : {}),
  };
}

/** How long a connection of a job queue may be silent: longer than any of its blocking commands waits. */
const longestSilenceMs = 30_000;

/** Options of connections on which no caller waits: a command waits for Redis. BullMQ demands the first. */
const retrying = {
  maxRetriesPerRequest: null,
  socketTimeout: longestSilenceMs,
  lazyConnect: true,
  disableClientInfo: true,
} satisfies RedisOptions;

type RetryOptions = ReturnType<typeof failFast> | typeof retrying;
type ClusterRetryOptions = Pick<
  ClusterOptions,
  'enableOfflineQueue' | 'slotsRefreshTimeout' | 'retryDelayOnFailover' | 'retryDelayOnClusterDown'
>;

/** A client that is not connected yet. It sends a command twice only when it is redirected. */
export function createRedisClient(address: RedisAddress, commandTimeoutMs: number): RedisClient {
  return createClient(address, failFast(commandTimeoutMs), {
    enableOfflineQueue: false,
    slotsRefreshTimeout: commandTimeoutMs,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  });
}

/** While a master of a Cluster is away: ten times as often, which is the library's habit, costs a job queue a quarter of a core. */
const awayRetryMs = 1000;

/** A client that is not connected yet and never gives up; a command whose answer got lost is sent again. */
export function createRetryingClient(address: RedisAddress): RedisClient {
  return createClient(address, retrying, { retryDelayOnFailover: awayRetryMs, retryDelayOnClusterDown: awayRetryMs });
}

function createClient(address: RedisAddress, retries: RetryOptions, inCluster: ClusterRetryOptions): RedisClient {
  switch (address.kind) {
    case 'single':
      return new SoleRedis({
        ...retries,
        ...accessOf(address),
        host: address.host,
        port: address.port,
        db: address.database,
        retryStrategy: retryDelayMs,
        reconnectOnError: isOfReplica, // its address may lead to the master by now
      });
    case 'sentinel':
      return new SoleRedis({
        ...retries,
        ...accessOf(address),
        ...accessToSentinels(address),
        Connector: MasterFinder,
        sentinels: address.hosts,
        name: address.name,
        failoverDetector: true,
        sentinelRetryStrategy: retryDelayMs,
        retryStrategy: retryDelayMs,
        reconnectOnError: isOfReplica,
      });
    case 'cluster':
      return new WholeSlotCluster(address.hosts, {
        ...inCluster,
        lazyConnect: true,
        enableReadyCheck: false, // by `RedisLink`, which says why it is not ready
        slotsRefreshInterval: slotsRefreshMs,
        clusterRetryStrategy: retryDelayMs,
        redisOptions: { ...retries, ...accessOf(address), enableReadyCheck: false },
      });
  }
}

/** TLS is for the master and the Sentinels: a password in clear text to either would be open to all. */
function accessToSentinels({ ofSentinels, tls }: Extract<RedisAddress, { kind: 'sentinel' }>) {
  const { username, password } = accessOf({ ...ofSentinels, tls });
  return {
    ...(username === undefined ? {} : { sentinelUsername: username, sentinelPassword: password }),
    ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** A connection for subscriptions, not connected yet. In a Cluster it goes to the given master. */
export function createSubscriber(address: RedisAddress, commandTimeoutMs: number, owner: string): Redis {
  if (address.kind !== 'cluster') return createRedisClient(address, commandTimeoutMs) as Redis;
  const [, host = '', port] = /^(.*):(\d+)$/.exec(owner) ?? [];
  const retries = failFast(commandTimeoutMs);
  return new SoleRedis({ ...retries, ...accessOf(address), host, port: Number(port), retryStrategy: retryDelayMs });
}
