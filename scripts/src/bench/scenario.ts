/** What a scenario is given, and what it hands back. */
import type { Figure } from './figure';
import type { LoadPlan } from './load/plan';
import type { LoadTotals } from './load/report';
import type { SpanSummary } from './span-summary';

/** One scenario's conditions. Those that do not apply to it are not looked at. */
export type Conditions = {
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
  /** Whether one end of each pair sends or both do. */
  senders: LoadPlan['senders'];
  /** Of pairs, where there are several edges. */
  placement: LoadPlan['placement'];
};

export type ScenarioContext = {
  conditions: Conditions;
  /** Of the load generator; undefined: the scenario's choice. */
  workers: number | undefined;
  redisUrl: string | undefined;
  signal: AbortSignal;
  progress(line: string): void;
};

export type ScenarioResult = {
  /** The conditions in words. */
  description: string;
  redisVersion: string | null;
  figures: Figure[];
  spans: SpanSummary[];
  totals: LoadTotals;
  /** Beside those that the totals show. */
  faults?: string[];
  notes: string[];
};

export type Scenario = {
  summary: string;
  defaults: Conditions;
  run(context: ScenarioContext): Promise<ScenarioResult>;
};
