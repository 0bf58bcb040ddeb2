import { availableParallelism, cpus, release, type } from 'node:os';
import type { Span } from './bystanders';
import { faultsOf, missesOf } from './figures';
import type { AttackOutcome } from './scene';

/** Of an attack that this machine cannot show. */
export type Skipped = { readonly name: string; readonly summary: string; readonly why: string };

export type AbuseReport = { readonly outcomes: readonly AttackOutcome[]; readonly skipped: readonly Skipped[] };

const columns = [
  'attack',
  'what it got',
  'p50/p99 before, ms',
  'during',
  'after',
  'refused',
  'lost',
  'newcomers refused',
  'Redis of budget, MiB',
  'edge, MiB',
  'edge, Redis, cores',
  'recovered after',
  'bystanders stood still, ms',
];

/** For people: a Markdown table, and below it all that was not reached. */
export function table({ outcomes, skipped }: AbuseReport): string {
  const rows = outcomes.map((outcome) => row(cellsOf(outcome)));
  const failures = outcomes.flatMap((outcome) =>
    [...faultsOf(outcome), ...missesOf(outcome)].map((what) => `- ${outcome.attack.name}: ${what}`),
  );
  const left = skipped.map(({ name, why }) => `- ${name}: not run, ${why}`);
  const verdict = failures.length === 0 ? ['Every figure was reached.'] : ['Not reached:', ...failures];
  return [machine(), '', row(columns), row(columns.map(() => '---')), ...rows, '', ...left, ...verdict].join('\n');
}

/** For programs. */
export function document({ outcomes, skipped }: AbuseReport): string {
  const attacks = outcomes.map(({ attack, ...measured }) => {
    const outcome = { attack, ...measured };
    const { name, summary } = attack;
    const judged = { got: attack.got(measured.tally), faults: faultsOf(outcome), misses: missesOf(outcome) };
    return { name, summary, ...judged, ...measured };
  });
  return JSON.stringify({ machine: machine(), attacks, skipped }, null, 2);
}

/** In a line, as soon as it is known. */
export function brief(outcome: AttackOutcome): string {
  const failures = [...faultsOf(outcome), ...missesOf(outcome)];
  const verdict = failures.length === 0 ? 'reached' : `NOT REACHED: ${failures.join(' ')}`;
  return `${outcome.attack.got(outcome.tally)}; p99 ${ms(outcome.before)} → ${ms(outcome.during)} ms; ${verdict}`;
}

function cellsOf(outcome: AttackOutcome): string[] {
  const { attack, tally, before, during, after, refused, lost, watched, budgetBytes, recoveredMs, stoodStillMs } =
    outcome;
  const { redisBytes, edgeBytes, edgeCores, redisCores } = watched;
  return [
    attack.summary,
    attack.got(tally),
    both(before),
    both(during),
    both(after),
    String(Object.values(refused).reduce((sum, times) => sum + times, 0)),
    String(lost),
    `${watched.newcomersRefused} of ${watched.newcomers}`,
    `${mebibytes(redisBytes)} of ${mebibytes(budgetBytes)}`,
    mebibytes(edgeBytes),
    `${edgeCores.toFixed(2)}, ${redisCores.toFixed(2)}`,
    recoveredMs === null ? 'never' : `${(recoveredMs / 1000).toFixed(1)} s`,
    stoodStillMs.toFixed(0),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function both({ p50, p99 }: Span): string {
  return `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
}

function ms({ p99 }: Span): string {
  return p99.toFixed(1);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}

function machine(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  const shared = 'attackers run on the same cores at the lowest priority (nice 19)';
  return `${processor}, ${availableParallelism()} cores, ${type()} ${release()}, Node.js ${process.version}; ${shared}`;
}
