/** Runs the chosen scenarios one after the other and puts the report together. */
import { availableParallelism } from 'node:os';
import { startClusterOn, startRedis } from '@openrelay/launch';
import { goals } from './goals';
import { checkConnections } from './load/load-workers';
import type { Conditions, Launch, ScenarioContext } from './load/plan';
import { type Figure, type Goal, isReached } from './measuring/figure';
import { hasAccounting } from './measuring/process-usage';
import type { BenchOptions } from './options';
import { type ScenarioName, scenarios } from './scenarios';
import type { ScenarioResult } from './scenarios/scenario';
import { emptyTotals, faultsOf, silentSpanFaults, sumTotals } from './tally/totals';

const noAccounting = 'This system has no /proc, so CPU and memory of the processes are not reported.';

const coresForRates = 4;

export type ScenarioReport = Required<ScenarioResult> & { name: ScenarioName };
/** @property ratio of the figure to the limit */
export type Judged = { scenario: ScenarioName; figure: Figure; goal: Goal; ratio: number; reached: boolean | null };
export type BenchReport = { scenarios: ScenarioReport[]; goals: Judged[]; notes: string[] };

export async function runBench(
  options: BenchOptions,
  stopping: AbortSignal,
  progress: ScenarioContext['progress'],
  launch: Launch = { startRedis, startClusterOn },
): Promise<BenchReport> {
  for (const name of options.scenarios) checkConnections(conditionsOf(name, options));
  const reports: ScenarioReport[] = [];
  for (const name of options.scenarios) {
    progress(`${name}: ${scenarios[name].summary}`);
    const say = (line: string) => progress(`${name}: ${line}`);
    reports.push(await runScenario(name, options, { launch, stopping, progress: say }));
  }
  return { scenarios: reports, goals: reports.flatMap(judge), notes: notesOn(options) };
}

function judge({ name, figures }: ScenarioReport): Judged[] {
  return Object.entries(goals[name] ?? {}).flatMap(([figureName, goal]) => {
    const figure = figures.find((one) => one.name === figureName);
    if (figure === undefined) return [];
    const reached = isReached(figure.value, goal, availableParallelism());
    return [{ scenario: name, figure, goal, ratio: figure.value / goal.limit, reached }];
  });
}

function notesOn({ overrides }: BenchOptions): string[] {
  const cores = availableParallelism();
  const notes = hasAccounting ? [] : [noAccounting];
  if (cores < coresForRates) {
    notes.push(
      `The load generator, the relay and Redis share ${cores} cores: a rate says what they leave one another, CPU a message of each process what it costs.`,
    );
  }
  if (Object.keys(overrides).length > 0) notes.push('The goals are for the default conditions.');
  return notes;
}

async function runScenario(
  name: ScenarioName,
  options: BenchOptions,
  run: Pick<ScenarioContext, 'launch' | 'stopping' | 'progress'>,
): Promise<ScenarioReport> {
  const { workers, redisUrl } = options;
  const conditions = conditionsOf(name, options);
  const kept: { stop(): Promise<unknown> }[] = [];
  const keep: ScenarioContext['keep'] = (resource) => {
    kept.push(resource);
    return resource;
  };
  try {
    const result = await scenarios[name].run({ ...run, conditions, workers, redisUrl, keep });
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
      await resource.stop().catch((error: Error) => run.progress(`could not be stopped: ${error.message}`));
    }
  }
}

function conditionsOf(name: ScenarioName, { overrides }: BenchOptions): Conditions {
  return { ...scenarios[name].defaults, ...overrides };
}
