/** What the API of ops answers: the schemas in ../src/schemas.ts say the same, and a test compares them with real answers. */
import type {
  BandwidthView,
  JobView,
  Latency,
  LedgerView,
  NodeView,
  QueuesView,
  Rates,
  RedisView,
  SeriesPoint,
  Step,
} from '@openrelay/overview';

export type { Step };

/** `wrong`: somebody must act. `warning`: somebody must before long. One sentence. */
export type Problem = { level: 'wrong' | 'warning'; text: string };

/** Unix ms by Redis's clock wherever a name ends in `AtMs`. */
export type ClusterAnswer = {
  atMs: number;
  /** Most serious first; none: all is well. */
  problems: readonly Problem[];
  nodes: readonly NodeView[];
  connections: number;
  /** null in the first event of a stream: rates need two readings. */
  rates: Rates | null;
  latency: Latency | null;
  queues: QueuesView;
  bandwidth: BandwidthView;
  jobs: readonly JobView[];
  ledger: LedgerView | null;
  redis: RedisView | null;
};

export type MetricsAnswer = { fromMs: number; toMs: number; step: Step; points: readonly SeriesPoint[] };

export type ErrorAnswer = { error: string };
