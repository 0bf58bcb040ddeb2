/** The report of a whole run, as a table for people. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { percentileOf } from '@openrelay/telemetry';
import { decimals, type Figure, isReached, type Unit } from './measuring/figure';
import type { Measured } from './measuring/measure';
import type { BenchReport, ScenarioReport } from './run';
import type { LoadTotals } from './tally/totals';

const nameWidth = 30;
const valueWidth = 20;

export function table({ scenarios, notes }: BenchReport): string {
  const { processor, cores, memoryGib, kernel, node } = describeMachine();
  return [
    `${processor}, ${cores} cores, ${memoryGib} GiB, ${kernel}, Node.js ${node}`,
    ...scenarios.flatMap(section),
    ...notes.map((note) => `\nnote: ${note}`),
  ].join('\n');
}

/** The same for programs: figures with whether their goals were reached, and each span. */
export function document({ scenarios, notes }: BenchReport): string {
  const forPrograms = scenarios.map((scenario) => ({
    ...scenario,
    figures: scenario.figures.map((figure) => ({ ...figure, reached: isReached(figure) })),
    spans: scenario.spans.map(spanForPrograms),
  }));
  return JSON.stringify({ machine: describeMachine(), scenarios: forPrograms, notes }, null, 2);
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
    ...figures.map(row),
    `  ${'messages'.padEnd(nameWidth)} ${messagesLine(totals)}`,
    ...notes.map((note) => `  note: ${note}`),
    ...faults.map((fault) => `  FAULT: ${fault}`),
  ];
}

function row(figure: Figure): string {
  const { name, unit, value, goal } = figure;
  const measured = Number.isNaN(value) ? 'not measured' : `${format(value, unit)} ${unit}`;
  const reached = isReached(figure);
  const verdict = reached === null ? '' : reached ? 'reached' : 'MISSED';
  const target = goal === null ? '' : `   goal ${goal.comparison} ${format(goal.limit, unit)}`.padEnd(26) + verdict;
  return `  ${name.padEnd(nameWidth)} ${measured.padStart(valueWidth)}${target}`.trimEnd();
}

function format(value: number, unit: Unit): string {
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
