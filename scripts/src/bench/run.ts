/** Runs the chosen scenarios one after the other and puts the report together. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { type Conditions, checkConnections, type Keep } from './measuring/conditions';
import { faultsOf, silentSpanFaults } from './measuring/faults';
import { hasAccounting } from './measuring/process-usage';
import type { BenchOptions } from './options';
import type { BenchReport, Machine, ScenarioReport } from './report';
import { type ScenarioName, scenarios } from './scenarios';
import { emptyTotals, sumTotals } from './tally/totals';

const noAccounting = 'This system has no /proc, so CPU and memory of the processes are not reported.';

type Progress = (line: string) => void;

export async function runBench(options: BenchOptions, stopping: AbortSignal, progress: Progress): Promise<BenchReport> {
  for (const name of options.scenarios) checkConnections(conditionsOf(name, options));
  const reports: ScenarioReport[] = [];
  for (const name of options.scenarios) {
    progress(`${name}: ${scenarios[name].summary}`);
    reports.push(await runScenario(name, options, stopping, (line) => progress(`${name}: ${line}`)));
  }
  const notes = hasAccounting ? [] : [noAccounting];
  if (Object.keys(options.overrides).length > 0) notes.push('The goals are for the default conditions.');
  return { machine: describeMachine(), scenarios: reports, notes };
}

async function runScenario(
  name: ScenarioName,
  options: BenchOptions,
  stopping: AbortSignal,
  progress: Progress,
): Promise<ScenarioReport> {
  const { workers, redisUrl } = options;
  const conditions = conditionsOf(name, options);
  const kept: { stop(): Promise<unknown> }[] = [];
  const keep: Keep = (resource) => {
    kept.push(resource);
    return resource;
  };
  try {
    const result = await scenarios[name].run({ conditions, workers, redisUrl, stopping, keep, progress });
    const { description, redisVersion, figures, spans } = result;
    const totals = sumTotals([...spans.map((span) => span.totals), result.totals ?? emptyTotals()]);
    const received = spans.filter(({ mode }) => mode.kind !== 'idle').map((span) => span.messagesPerSecond);
    return {
      name,
      description,
      redisVersion,
      figures,
      spans,
      totals,
      notes: [...new Set([...spans.flatMap(({ notes }) => notes), ...(result.notes ?? [])])],
      faults: [...(result.faults ?? []), ...faultsOf(totals), ...silentSpanFaults(received)],
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

/** What the figures were taken on. */
function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: `${type()} ${release()}`,
  };
}
