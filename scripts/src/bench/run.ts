/** Runs the chosen scenarios one after the other and puts the report together. */
import { faultsOf, silentSpanFaults } from './faults';
import { describeMachine } from './machine';
import type { BenchOptions } from './options';
import { hasAccounting, noAccounting } from './process-usage';
import type { BenchReport, ScenarioReport } from './report';
import type { Conditions } from './scenario';
import { type ScenarioName, scenarios } from './scenarios';
import { checkConnections } from './scenarios/conditions';

type Progress = (line: string) => void;

export async function runBench(options: BenchOptions, signal: AbortSignal, progress: Progress): Promise<BenchReport> {
  for (const name of options.scenarios) checkConnections(conditionsOf(name, options));
  const reports: ScenarioReport[] = [];
  for (const name of options.scenarios) reports.push(await runScenario(name, options, signal, progress));
  const notes = hasAccounting() ? [] : [noAccounting];
  if (Object.keys(options.overrides).length > 0) notes.push('The goals are for the default conditions.');
  return { machine: describeMachine(), scenarios: reports, notes };
}

async function runScenario(
  name: ScenarioName,
  options: BenchOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<ScenarioReport> {
  progress(`${name}: ${scenarios[name].summary}`);
  const result = await scenarios[name].run({
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
  return { ...scenarios[name].defaults, ...overrides };
}
