/** The scenarios by name. */
import { drain } from './scenarios/drain';
import { flat } from './scenarios/flat';
import { idle } from './scenarios/idle';
import { latency } from './scenarios/latency';
import { memory } from './scenarios/memory';
import type { Scenario } from './scenarios/scenario';
import { steady } from './scenarios/steady';
import { storm } from './scenarios/storm';
import { sweep } from './scenarios/sweep';
import { large, large400, limit, throughput, throughput4000, throughput12000 } from './scenarios/throughput';
import { wide } from './scenarios/wide';

export const scenarios = {
  throughput,
  'throughput-4000': throughput4000,
  'throughput-12000': throughput12000,
  latency,
  idle,
  memory,
  storm,
  drain,
  large,
  'large-400': large400,
  steady,
  flat,
  wide,
  sweep,
  limit,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** The others take minutes each. */
const long: readonly ScenarioName[] = ['steady', 'flat', 'wide', 'sweep', 'limit'];

export const defaultScenarios = (Object.keys(scenarios) as ScenarioName[]).filter((name) => !long.includes(name));

/** Those that meet a relay by sockets alone, whatever it keeps in Redis. */
export const comparable = (Object.keys(scenarios) as ScenarioName[]).filter(
  (name) => !['memory', 'flat', 'wide', 'sweep', 'limit'].includes(name),
);
