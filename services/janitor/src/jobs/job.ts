import type { RedisLink } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import type { JanitorMetrics } from './janitor-metrics';

/** What a job works with. */
export type Work = {
  link: RedisLink;
  log: Log;
  metrics: JanitorMetrics;
  /** The number of shards of the deployment; 0 before its first edge. */
  shards: number;
  /** Unix ms: decides which hours, days and months are over. */
  now: () => number;
  /** When the append-only file is rewritten at the latest; 0: never. */
  aofRewriteSeconds: number;
  monotonicMs: () => number;
  /** Aborts when the janitor stops: the job ends where it is, and another janitor begins it again. */
  signal: AbortSignal;
};

/**
 * One of the janitor's jobs. It may be killed anywhere, run twice and run beside itself: what it did stays done, the rest is
 * found again. Answers what it did, in counts.
 */
export type Job = (work: Work) => Promise<Record<string, number>>;
