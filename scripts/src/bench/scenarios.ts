/** The scenarios by name. */
import { idle } from './scenarios/idle';
import { latency } from './scenarios/latency';
import type { Scenario } from './scenarios/scenario';
import { storm } from './scenarios/storm';
import { sweep } from './scenarios/sweep';
import { large, limit, throughput } from './scenarios/throughput';

export type ScenarioName = 'throughput' | 'latency' | 'idle' | 'large' | 'limit' | 'storm' | 'sweep';

export const scenarios: Record<ScenarioName, Scenario> = { throughput, latency, idle, large, limit, storm, sweep };

export const defaultScenarios: readonly ScenarioName[] = ['throughput', 'latency', 'idle'];
