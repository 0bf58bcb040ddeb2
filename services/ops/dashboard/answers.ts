/** What the API of ops answers: the schemas in ../src/schemas.ts say the same, and a test compares them with real answers. */

/** Unix ms by Redis's clock wherever a name ends in `AtMs`. */
type NodeFigures = {
  startedAtMs: number;
  connections: number;
  messagesPerSecond: number;
  cpuPercent: number;
  rssBytes: number;
  eventLoopDelayMs: number;
  redisRoundTripMs: number;
  port: number;
};

type Nothing = { [Figure in keyof NodeFigures]: null };

export type NodeAnswer = { node: string; lastSeenMs: number } & (
  | ({ state: 'up' | 'draining' } & NodeFigures)
  | ({ state: 'silent' } & Nothing)
);

/** Per second, over `overMs`. */
export type RatesAnswer = {
  overMs: number;
  accepted: number;
  deliveredLive: number;
  queued: number;
  acked: number;
  expired: number;
  registrations: number;
  bytesIn: number;
  bytesOut: number;
  refused: Readonly<Record<string, number>>;
};

export type LatencyAnswer = { p50Ms: number | null; p99Ms: number | null; count: number };

export type QueuesAnswer = {
  messages: number;
  bytes: number;
  devices: number;
  accepted: number;
  acked: number;
  expired: number;
};

export type BandwidthAnswer = {
  month: string;
  usedBytes: number;
  limitBytes: number;
  thresholdBytes: number;
  projectedBytes: number;
  days: readonly { day: string; bytes: number }[];
  closedMonths: readonly { month: string; bytes: number }[];
};

export type JobAnswer = {
  job: string;
  everySeconds: number;
  why: string;
  lastStartedAtMs?: number;
  lastSucceededAtMs?: number;
  lastTookMs?: number;
  lastResult?: Readonly<Record<string, number>>;
  lastError?: string;
  runs: number;
  failures: number;
  state: 'well' | 'late' | 'failing' | 'never ran';
};

export type LedgerAnswer = {
  atMs: number;
  accepted: number;
  acked: number;
  expired: number;
  queued: number;
  missing: number;
  unbalancedShards: number;
  busyShards: number;
  balanced: boolean;
};

export type RedisAnswer = { state: 'well' | 'nearly full' | 'full'; usedBytes: number; limitBytes: number | null };

/** `wrong`: somebody must act. `warning`: somebody must before long. One sentence. */
export type Problem = { level: 'wrong' | 'warning'; text: string };

export type ClusterAnswer = {
  atMs: number;
  /** Most serious first; none: all is well. */
  problems: readonly Problem[];
  nodes: readonly NodeAnswer[];
  connections: number;
  /** null in the first event of a stream: rates need two readings. */
  rates: RatesAnswer | null;
  latency: LatencyAnswer | null;
  queues: QueuesAnswer;
  bandwidth: BandwidthAnswer;
  jobs: readonly JobAnswer[];
  ledger: LedgerAnswer | null;
  redis: RedisAnswer;
};

export type Step = 'minute' | 'hour' | 'day';

export type PointAnswer = { startMs: number } & RatesAnswer & { latency: LatencyAnswer };

export type MetricsAnswer = { fromMs: number; toMs: number; step: Step; points: readonly PointAnswer[] };

export type ErrorAnswer = { error: string };
