/** What a scenario is given, and what it hands back. */
import type { LoadPlan } from '../load/plan';
import type { Figure } from '../measuring/figure';
import type { Measured } from '../measuring/measure';
import type { Keep } from '../relays/cluster';
import type { LoadTotals } from '../tally/totals';

/** One scenario's conditions. Those that do not apply to it are not looked at. */
export type Conditions = Pick<LoadPlan, 'senders' | 'placement'> & {
  connections: number;
  edges: number;
  size: number;
  seconds: number;
  warmup: number;
  window: number;
  rate: number;
  rounds: number;
  /** Messages that wait in queues before it begins. */
  queued: number;
};

export type ScenarioContext = {
  conditions: Conditions;
  /** Of the load generator; undefined: the scenario's choice. */
  workers: number | undefined;
  redisUrl: string | undefined;
  stopping: AbortSignal;
  keep: Keep;
  progress(line: string): void;
};

export type ScenarioResult = {
  /** The conditions in words. */
  description: string;
  redisVersion: string | null;
  figures: Figure[];
  spans: Measured[];
  /** What is counted beside the spans. */
  totals?: LoadTotals;
  /** Beside those that the totals show. */
  faults?: string[];
  notes?: string[];
};

export type Scenario = {
  summary: string;
  defaults: Conditions;
  run(context: ScenarioContext): Promise<ScenarioResult>;
};

/** What a scenario's conditions begin from. */
export const commonConditions: Conditions = {
  connections: 200,
  edges: 1,
  size: 512,
  seconds: 5,
  warmup: 2,
  window: 8,
  rate: 1_000,
  rounds: 3,
  queued: 1_000_000,
  senders: 'half',
  placement: 'cross',
};
