/** Runs the chosen scenarios one after the other and puts the report together. */
import { checkConnections } from './load/load-workers';
import type { Conditions, ScenarioContext } from './load/plan';
import { hasAccounting } from './measuring/process-usage';
import type { BenchOptions } from './options';
import { type ScenarioName, scenarios } from './scenarios';
import type { ScenarioResult } from './scenarios/scenario';
import { emptyTotals, faultsOf, silentSpanFaults, sumTotals } from './tally/totals';

const noAccounting = 'This system has no /proc, so CPU and memory of the processes are not reported.';

export type ScenarioReport = Required<ScenarioResult> & { name: string };
export type BenchReport = { scenarios: ScenarioReport[]; notes: string[] };

export async function runBench(
  options: BenchOptions,
  stopping: AbortSignal,
  progress: ScenarioContext['progress'],
): Promise<BenchReport> {
  for (const name of options.scenarios) checkConnections(conditionsOf(name, options));
  const reports: ScenarioReport[] = [];
  for (const name of options.scenarios) {
    progress(`${name}: ${scenarios[name].summary}`);
    reports.push(await runScenario(name, options, stopping, (line) => progress(`${name}: ${line}`)));
  }
  const notes = hasAccounting ? [] : [noAccounting];
  if (Object.keys(options.overrides).length > 0) notes.push('The goals are for the default conditions.');
  return { scenarios: reports, notes };
}

async function runScenario(
  name: ScenarioName,
  options: BenchOptions,
  stopping: AbortSignal,
  progress: ScenarioContext['progress'],
): Promise<ScenarioReport> {
  const { workers, redisUrl } = options;
  const conditions = conditionsOf(name, options);
  const kept: { stop(): Promise<unknown> }[] = [];
  const keep: ScenarioContext['keep'] = (resource) => {
    kept.push(resource);
    return resource;
  };
  try {
    const result = await scenarios[name].run({ conditions, workers, redisUrl, stopping, keep, progress });
    const { spans, totals: beside = emptyTotals(), notes = [], faults = [] } = result;
    const totals = sumTotals([...spans.map((span) => span.totals), beside]);
    const received = spans.filter(({ mode }) => mode !== 'idle').map((span) => span.messagesPerSecond);
    return {
      name,
      ...result,
      totals,
      notes: [...new Set([...spans.flatMap((span) => span.notes), ...notes])],
      faults: [...faults, ...faultsOf(totals), ...silentSpanFaults(received)],
    };
  } finally {
    for (const resource of kept.reverse()) {
      await resource.stop().catch((error: Error) => progress(`could not be stopped: ${error.message}`));
    }
  }
}

function conditionsOf(name: ScenarioName, { overrides }: BenchOptions): Conditions {
  return { ...scenarios[name].defaults, ...overrides };
}
