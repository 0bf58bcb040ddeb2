/** The report of a whole run, as a table for people. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { percentileOf } from '@openrelay/telemetry';
import { decimals, type Figure, type Unit } from './measuring/figure';
import type { Measured } from './measuring/measure';
import type { BenchReport, Judged, ScenarioReport } from './run';
import type { LoadTotals } from './tally/totals';

export const nameWidth = 36;
export const valueWidth = 22;

export function table({ scenarios, goals, notes }: BenchReport): string {
  return [
    machineLine(),
    ...scenarios.flatMap(section),
    ...(goals.length === 0 ? [] : ['', 'Goals', ...goals.map(goalRow)]),
    ...notes.map((note) => `\nnote: ${note}`),
  ].join('\n');
}

/** The same for programs: figures, whether the goals were reached, and each span. */
export function document({ scenarios, goals, notes }: BenchReport): string {
  const forPrograms = scenarios.map((scenario) => ({ ...scenario, spans: scenario.spans.map(spanForPrograms) }));
  const judged = goals.map(({ scenario, figure, goal, ratio, reached }) => ({
    scenario,
    ...figure,
    comparison: goal.comparison,
    limit: goal.limit,
    ratio,
    reached,
  }));
  return JSON.stringify({ machine: describeMachine(), scenarios: forPrograms, goals: judged, notes }, null, 2);
}

export function machineLine(): string {
  const { processor, cores, memoryGib, kernel, node } = describeMachine();
  return `${processor}, ${cores} cores, ${memoryGib} GiB, ${kernel}, Node.js ${node}`;
}

/** What the figures were taken on. */
function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: `${type()} ${release()}`,
  };
}

function spanForPrograms(measured: Measured): object {
  const { relay, seconds, messagesPerSecond, cpuMicrosecondsPerMessage, residentBytes, workerCores } = measured;
  const [deliveryMs, ackMs, sendLagMs] = [measured.delivery, measured.ack, measured.sendLag].map((latencies) => {
    const [p50, p99, p999, longest] = [50, 99, 99.9, 100].map((percent) => percentileOf(latencies, percent));
    return { p50, p99, p999, longest };
  });
  const usage = { cpuMicrosecondsPerMessage, residentBytes };
  return { relay, seconds, messagesPerSecond, ...usage, deliveryMs, ackMs, sendLagMs, workerCores };
}

function section({ name, description, redisVersion, figures, totals, notes, faults }: ScenarioReport): string[] {
  return [
    '',
    `${name}: ${description}${redisVersion === null ? '' : `, Redis ${redisVersion}`}`,
    ...figures.map((figure) => row(figure.name, measured(figure))),
    ...(totals.sent === 0 ? [] : [`  ${'messages'.padEnd(nameWidth)} ${messagesLine(totals)}`]),
    ...notes.map((note) => `  note: ${note}`),
    ...faults.map((fault) => `  FAULT: ${fault}`),
  ];
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(nameWidth)} ${cells.map((cell) => cell.padStart(valueWidth)).join('')}`;
}

function goalRow({ scenario, figure, goal, ratio, reached }: Judged): string {
  const { comparison, limit, cores } = goal;
  const name = `${scenario}: ${figure.name}`.padEnd(nameWidth + valueWidth);
  const short = Number.isNaN(figure.value) ? '' : `   needs ${cores} cores`;
  const verdict = reached === null ? short : `${times(ratio)} ${reached ? 'reached' : 'MISSED'}`;
  return (
    `  ${name} ${measured(figure).padStart(valueWidth)}   ${comparison} ${format(limit, figure.unit)}`.padEnd(98) +
    verdict
  );
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} × `.padStart(9);
}

function measured({ unit, value }: Figure): string {
  return Number.isNaN(value) ? 'not measured' : `${format(value, unit)} ${unit}`;
}

export function format(value: number, unit: Unit): string {
  const digits = decimals[unit];
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function messagesLine(totals: LoadTotals): string {
  const { errors, closes, ...counts } = totals;
  const always = ['sent', 'acked', 'received', 'lost', 'duplicated', 'reordered'];
  const shown = Object.entries(counts).filter(([name, count]) => always.includes(name) || count > 0);
  return [
    ...shown.map(([name, count]) => `${name} ${count}`),
    ...Object.entries(errors).map(([code, count]) => `error ${code}: ${count}`),
    ...Object.entries(closes).map(([code, count]) => `closed ${code}: ${count}`),
  ].join(', ');
}
