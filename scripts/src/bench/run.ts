/** Runs the chosen scenarios one after the other and puts the report together. */
import { faultsOf, silentSpanFaults } from './faults';
import { describeMachine } from './machine';
import type { BenchOptions } from './options';
import { hasAccounting, NO_ACCOUNTING } from './process-usage';
import type { BenchReport, ScenarioReport } from './report';
import type { Conditions } from './scenario';
import { SCENARIOS, type ScenarioName } from './scenarios';
import { checkConnections } from './scenarios/conditions';

type Progress = (line: string) => void;

export async function runBench(options: BenchOptions, signal: AbortSignal, progress: Progress): Promise<BenchReport> {
  for (const name of options.scenarios) checkConnections(conditionsOf(name, options));
  const scenarios: ScenarioReport[] = [];
  for (const name of options.scenarios) scenarios.push(await runScenario(name, options, signal, progress));
  const notes = hasAccounting() ? [] : [NO_ACCOUNTING];
  if (Object.keys(options.overrides).length > 0) notes.push('The goals are for the default conditions.');
  return { machine: describeMachine(), scenarios, notes };
}

async function runScenario(
  name: ScenarioName,
  options: BenchOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<ScenarioReport> {
  progress(`${name}: ${SCENARIOS[name].summary}`);
  const result = await SCENARIOS[name].run({
    conditions: conditionsOf(name, options),
    workers: options.workers,
    redisUrl: options.redisUrl,
    signal,
    progress: (line) => progress(`${name}: ${line}`),
  });
  const received = name === 'idle' ? [] : result.spans.map(({ messagesPerSecond }) => messagesPerSecond);
  return {
    name,
    ...result,
    faults: [...(result.faults ?? []), ...faultsOf(result.totals), ...silentSpanFaults(received)],
  };
}

function conditionsOf(name: ScenarioName, { overrides }: BenchOptions): Conditions {
  return { ...SCENARIOS[name].defaults, ...overrides };
}
