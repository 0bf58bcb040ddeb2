/**
 * What may be wrong with a cluster: one table for the page, for relayctl and for Prometheus, whose alerts a test compares with it.
 * The page and relayctl tell of an instant; an alert waits, by its `for`, until it has lasted.
 */

import type {
  BandwidthView,
  JobView,
  Latency,
  LedgerView,
  NodeView,
  Problem,
  Rates,
  RedisView,
  StoreView,
} from './shapes';

type Seen = {
  atMs: number;
  nodes: NodeView[];
  rates: Rates | null;
  latency: Latency | null;
  bandwidth: BandwidthView;
  jobs: JobView[];
  ledger: LedgerView | null;
  redis: RedisView | null;
  store: StoreView;
};
type SeenOfRedis = Pick<Seen, 'redis'>;

/** In words that can follow one another: no capital in front, no full stop. */
type Finding = { about: string | null; text: string };

type Row = {
  /** `wrong`: somebody must act, and `relayctl status` ends with 1. `warning`: somebody must before long. */
  level: 'wrong' | 'warning';
  /** The alert of deploy/prometheus/alerts.yml for the same; null: Prometheus is not told of it. */
  alert: string | null;
  /** Where the problem begins, as the alert's expression has it: seconds, or a share of 1. */
  above?: number;
  find: (seen: Seen, above: number) => Finding[];
};

/** The only `maxmemory-policy` under which Redis keeps all that it was given. */
export const safePolicy = 'noeviction';

/** The pressure up to which known devices are refused nothing. */
const mostOfShort = 2;

/** What is wrong stands above what is warned of, and Redis first: nodes that cannot write there are silent. */
export const problemsTable = {
  'redis-cannot-write': {
    level: 'wrong',
    alert: null,
    find: ({ redis }: SeenOfRedis) => when(redis?.disk === 'failing', 'Redis cannot write to its disk'),
  },
  'redis-full': {
    level: 'wrong',
    alert: 'RelayRedisFull',
    above: 0.8, // `redisView` judges by it
    find: ({ redis }: SeenOfRedis) => when(redis !== null && redis.state !== 'well', `Redis is ${redis?.state}`),
  },
  'store-full': {
    level: 'wrong',
    alert: 'RelayStoreFull',
    above: mostOfShort,
    find: ({ store }, above) => when(store.pressure > above, `the store is full and refuses ${store.refuses} (507)`),
  },
  'redis-evicts': {
    level: 'wrong',
    alert: null,
    find: ({ redis }: SeenOfRedis) =>
      when(
        redis !== null && redis.policy !== safePolicy,
        `Redis may throw messages away (maxmemory-policy ${redis?.policy})`,
      ),
  },
  'no-node': {
    level: 'wrong',
    alert: 'RelayNoEdge',
    find: ({ nodes }) => when(!nodes.some(({ state }) => state === 'up'), 'no node is up'),
  },
  'node-silent': {
    level: 'wrong',
    alert: 'RelayNodeSilent',
    find: ({ nodes }) => nodes.flatMap(({ node, state }) => when(state === 'silent', `node ${node} is silent`, node)),
  },
  'bandwidth-used-up': {
    level: 'wrong',
    alert: 'RelayRefuses509',
    find: ({ bandwidth: { usedBytes, thresholdBytes } }) =>
      when(usedBytes >= thresholdBytes, 'the bandwidth of the month is above the threshold'),
  },
  'no-janitor': {
    level: 'wrong',
    alert: 'RelayNoJanitor',
    above: 120,
    find: ({ jobs, atMs }, above) => {
      const lastMs = Math.max(0, ...jobs.map(({ lastSucceededAtMs = 0 }) => lastSucceededAtMs));
      const ageSeconds = lastMs === 0 ? 0 : (atMs - lastMs) / 1000;
      return [
        ...when(jobs.length === 0, 'no janitor has run yet'),
        ...when(ageSeconds > above, `no job has succeeded for ${Math.floor(ageSeconds / 60)} min`),
      ];
    },
  },
  'job-fails': {
    level: 'wrong',
    alert: 'RelayJobFails',
    find: ({ jobs }) =>
      jobs.flatMap(({ job, state }) => when(state === 'late' || state === 'failing', `job ${job} is ${state}`, job)),
  },
  'ledger-unbalanced': {
    level: 'wrong',
    alert: 'RelayLedgerUnbalanced',
    above: 0,
    find: ({ ledger }, above) => {
      const shards = ledger?.unbalancedShards ?? 0;
      return when(shards > above, `the ledger does not balance in ${shards === 1 ? '1 shard' : `${shards} shards`}`);
    },
  },
  'refuses-503': {
    level: 'warning',
    alert: 'RelayRefuses503',
    above: 0.01,
    find: ({ rates }, above) => {
      const { perSecond, share } = refused(rates, '503');
      return when(share > above, `${shown(perSecond)} requests/s are answered 503`);
    },
  },
  'refuses-507': {
    level: 'warning',
    alert: 'RelayRefuses507',
    above: 0.05,
    find: ({ rates }, above) => {
      const { perSecond, share } = refused(rates, '507');
      return when(share > above, `${shown(perSecond)} messages/s find a queue that is full (507)`);
    },
  },
  'store-short': {
    level: 'warning',
    alert: 'RelayStoreShort',
    above: 0,
    find: ({ store }, above) =>
      when(
        store.pressure > above && store.pressure <= mostOfShort,
        `the store is short of room and refuses ${store.refuses} (507)`,
      ),
  },
  'event-loop-slow': {
    level: 'warning',
    alert: 'RelayEventLoopSlow',
    above: 0.25,
    find: ({ nodes }, above) =>
      nodes.flatMap(({ node, eventLoopDelayMs: ms }) =>
        when(isAbove(ms, above), `node ${node} is overloaded: its event loop is ${rounded(ms)} ms late`, node),
      ),
  },
  'redis-slow': {
    level: 'warning',
    alert: 'RelayRedisSlow',
    above: 0.05,
    find: ({ nodes }, above) =>
      nodes.flatMap(({ node, redisRoundTripMs: ms }) =>
        when(isAbove(ms, above), `Redis takes ${rounded(ms)} ms to answer node ${node}`, node),
      ),
  },
  'delivery-slow': {
    level: 'warning',
    alert: 'RelayDeliverySlow',
    above: 0.25,
    find: ({ latency }, above) => {
      const ms = latency?.p99Ms ?? null;
      return when(isAbove(ms, above), `messages take ${rounded(ms)} ms (p99) to a device that is connected`);
    },
  },
  'job-never-ran': {
    level: 'warning',
    alert: 'RelayJobFails',
    find: ({ jobs }) =>
      jobs.flatMap(({ job, state }) => when(state === 'never ran', `job ${job} has not run yet`, job)),
  },
  'bandwidth-high': {
    level: 'warning',
    alert: 'RelayBandwidthHigh',
    above: 0.8,
    find: ({ bandwidth: { usedBytes, thresholdBytes } }, above) => {
      const share = usedBytes / thresholdBytes;
      return when(share > above && share < 1, `${Math.floor(100 * share)} % of the bandwidth of the month is used`);
    },
  },
  'bandwidth-ahead': {
    level: 'warning',
    alert: 'RelayBandwidthAhead',
    above: 1,
    find: ({ bandwidth: { usedBytes, thresholdBytes, projectedBytes } }, above) =>
      when(
        usedBytes < thresholdBytes && projectedBytes / thresholdBytes > above,
        'at this rate the bandwidth reaches the threshold before the month ends',
      ),
  },
} as const satisfies Record<string, Row>;

export const problemNames = Object.keys(problemsTable) as (keyof typeof problemsTable)[];

/** What is wrong, and what will be when nothing is done, in the order of the table; empty when all is well. */
export function problemsOf(seen: Seen): Problem[] {
  return problemNames.flatMap((name) => {
    const { level, above = 0, find }: Row = problemsTable[name];
    return find(seen, above).map((finding) => ({ level, name, ...finding }));
  });
}

/** As `problemsOf`, of Redis alone. */
export function problemsOfRedis(redis: RedisView): string[] {
  const names = ['redis-cannot-write', 'redis-full', 'redis-evicts'] as const;
  return names.flatMap((name) => problemsTable[name].find({ redis })).map(({ text }) => text);
}

/** Of words that can follow one another. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function when(isSo: boolean, text: string, about: string | null = null): Finding[] {
  return isSo ? [{ about, text }] : [];
}

/** The share is of what was accepted or refused with that code. */
function refused(rates: Rates | null, code: string): { perSecond: number; share: number } {
  const perSecond = rates?.refused[code] ?? 0;
  return { perSecond, share: perSecond === 0 ? 0 : perSecond / (rates!.accepted + perSecond) };
}

/** Never "0.0" of what there is some of. */
function shown(perSecond: number): string {
  return perSecond < 0.05 ? '<0.1' : perSecond.toFixed(1);
}

function isAbove(ms: number | null, seconds: number): boolean {
  return ms !== null && ms > seconds * 1000;
}

function rounded(ms: number | null): number {
  return Math.round(ms ?? 0);
}
