/** The scenarios by name. */
import type { Scenario } from '../scenario';
import { idle } from './idle';
import { latency } from './latency';
import { storm } from './storm';
import { large, limit, throughput } from './throughput';

export type ScenarioName = 'throughput' | 'latency' | 'idle' | 'large' | 'limit' | 'storm';

export const SCENARIOS: Record<ScenarioName, Scenario> = { throughput, latency, idle, large, limit, storm };

export const DEFAULT_SCENARIOS: readonly ScenarioName[] = ['throughput', 'latency', 'idle'];
