/** What a scenario is, and what it hands back. */
import type { Conditions, ScenarioContext } from '../load/plan';
import type { Figure } from '../measuring/figure';
import type { Measured } from '../measuring/measure';
import type { LoadTotals } from '../tally/totals';

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
