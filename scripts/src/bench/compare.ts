/** This tree against another commit of it: the same scenarios on both in turn, by this tree's load generator. */
import { tmpdir } from 'node:os';
import { repositoryRoot, startClusterOn, startRedis } from '@openrelay/launch';
import type { Launch, ScenarioContext } from './load/plan';
import { type Figure, plural } from './measuring/figure';
import { type Ratio, ratioOf } from './measuring/ratios';
import type { CompareOptions } from './options';
import { format, machineLine, nameWidth, valueWidth } from './report';
import { type BenchReport, runBench } from './run';
import { buildTree, isChanged } from './trees/other-tree';

type Row = Ratio & Pick<Figure, 'name' | 'unit'> & { scenario: string };
export type Comparison = {
  ref: string;
  commit: string;
  rounds: number;
  rows: Row[];
  faults: string[];
  notes: string[];
};

export async function compareWith(
  { ref, rounds, ...options }: CompareOptions,
  stopping: AbortSignal,
  progress: ScenarioContext['progress'],
): Promise<Comparison> {
  const tree = await buildTree(ref, { root: repositoryRoot, parent: tmpdir(), stopping, progress });
  try {
    const [ours, theirs]: BenchReport[][] = [[], []];
    const sides: [string, Launch, BenchReport[]][] = [
      ['this tree', { startRedis, startClusterOn }, ours!],
      [ref, tree.launch, theirs!],
    ];
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, launch, reports] of sides) {
        const say = (line: string) => progress(`round ${round} of ${rounds}, ${name}: ${line}`);
        reports.push(await runBench(options, stopping, say, launch));
      }
      // Who comes first may have it better.
      sides.reverse();
    }
    const notes = (await isChanged(repositoryRoot))
      ? ['This tree has changes that are in no commit: they were measured.']
      : [];
    return { ref, commit: tree.commit, rounds, rows: rowsOf(ours!, theirs!), faults: ours!.flatMap(faultsOf), notes };
  } finally {
    tree.remove();
  }
}

function rowsOf(ours: readonly BenchReport[], theirs: readonly BenchReport[]): Row[] {
  const valuesOf = (reports: readonly BenchReport[], scenario: number, figure: string) =>
    reports.map(
      ({ scenarios }) => scenarios[scenario]!.figures.find(({ name }) => name === figure)?.value ?? Number.NaN,
    );
  return ours[0]!.scenarios.flatMap((scenario, index) =>
    scenario.figures.map(({ name, unit }) => {
      const rounds = { ours: valuesOf(ours, index, name), theirs: valuesOf(theirs, index, name) };
      return { scenario: scenario.name, name, unit, ...ratioOf(rounds) };
    }),
  );
}

function faultsOf({ scenarios }: BenchReport): string[] {
  return scenarios.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
}

export function comparisonTable({ ref, commit, rounds, rows, faults, notes }: Comparison): string {
  const cells = ({ unit, ours, theirs, ratio, least, most }: Row) => [
    Number.isNaN(ours) ? '?' : `${format(ours, unit)} ${unit}`,
    Number.isNaN(theirs) ? '?' : `${format(theirs, unit)} ${unit}`,
    Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)}  (${least.toFixed(2)} to ${most.toFixed(2)})`,
  ];
  const line = (name: string, texts: readonly string[]) =>
    `  ${name.padEnd(nameWidth)} ${texts.map((text) => text.padStart(valueWidth)).join('')}`;
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))];
  return [
    machineLine(),
    `This tree against ${ref} (${commit.slice(0, 12)}), ${plural(rounds, 'round')} in turn: medians, and their ratio with the least and the most`,
    ...scenarios.flatMap((scenario) => [
      '',
      line(scenario, ['this tree', ref, 'ratio']),
      ...rows.filter((row) => row.scenario === scenario).map((row) => line(row.name, cells(row))),
    ]),
    ...faults.map((fault) => `FAULT: ${fault}`),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}
