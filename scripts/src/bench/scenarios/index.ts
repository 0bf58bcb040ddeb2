/** The scenarios by name. */
import type { Scenario } from '../scenario';
import { idle } from './idle';
import { latency } from './latency';
import { storm } from './storm';
import { sweep } from './sweep';
import { large, limit, throughput } from './throughput';

export type ScenarioName = 'throughput' | 'latency' | 'idle' | 'large' | 'limit' | 'storm' | 'sweep';

export const scenarios: Record<ScenarioName, Scenario> = { throughput, latency, idle, large, limit, storm, sweep };

export const defaultScenarios: readonly ScenarioName[] = ['throughput', 'latency', 'idle'];
