/** The scenarios by name. */
import { idle } from './scenarios/idle';
import { latency } from './scenarios/latency';
import type { Scenario } from './scenarios/scenario';
import { storm } from './scenarios/storm';
import { sweep } from './scenarios/sweep';
import { large, limit, throughput } from './scenarios/throughput';

export const scenarios = { throughput, latency, idle, large, limit, storm, sweep } satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export const defaultScenarios: readonly ScenarioName[] = ['throughput', 'latency', 'idle'];
