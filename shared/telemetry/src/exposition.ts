import { parseField } from './fields';
import { exposedName, type MetricName, type NameOf, namesOf, rowOf } from './metrics-table';
import type { Observations } from './spread';
import { escaped, spreadText } from './spread-text';
import { Tally } from './tally';

/** One reading for the deployment, or one for each value of the gauge's label, which is `node` for what nodes read. */
export type GaugeReadings = {
  readonly [Name in NameOf<'gauge'>]?: number | Iterable<readonly [label: string, value: number]>;
};

/**
 * What all nodes have counted (fields as in Redis), and what was read, in Prometheus' text format. Fields that this version
 * does not know are left out; so are gauges that nobody read.
 */
export function exposition(fields: ReadonlyMap<string, number>, gauges: GaugeReadings): string {
  const tallies = new Map(namesOf('counter').map((name) => [name, new Tally(rowOf(name))]));
  const spreads = new Map(namesOf('histogram').map((name) => [name, new Map<string, Observations>()]));
  for (const [field, amount] of fields) {
    const parsed = parseField(field);
    if (parsed?.part === 'count') tallies.get(parsed.metric)?.add(ownLabel(parsed.metric, parsed.label), amount);
    else if (parsed) addTo(cellOf(spreads.get(parsed.metric)!, parsed), parsed, amount);
  }
  return [
    ...Array.from(tallies, ([name, tally]) => samples(name, tally.entries())),
    ...namesOf('gauge').flatMap((name) => gaugeText(name, gauges[name])),
    ...Array.from(spreads, ([name, cells]) => spreadText(name, cells)),
  ].join('');
}

/** The value as the table has it: error codes are numbers there. */
function ownLabel(name: MetricName, label: string): string | number {
  const values: Iterable<string | number> = rowOf(name).label?.values ?? [];
  return Array.from(values).find((value) => String(value) === label) ?? label;
}

type HistogramField = { metric: NameOf<'histogram'>; label: string } & (
  | { part: 'sum' }
  | { part: 'bucket'; bucket: number }
);

function cellOf(cells: Map<string, Observations>, { metric, label }: HistogramField): Observations {
  const cell = cells.get(label) ?? { counts: new Float64Array((rowOf(metric).buckets?.length ?? 0) + 1), sum: 0 };
  cells.set(label, cell);
  return cell;
}

function addTo(cell: Observations, field: HistogramField, amount: number): void {
  if (field.part === 'sum') cell.sum += amount;
  else cell.counts[field.bucket]! += amount;
}

function gaugeText(name: NameOf<'gauge'>, reading: GaugeReadings[NameOf<'gauge'>]): string[] {
  if (reading === undefined) return [];
  return [samples(name, typeof reading === 'number' ? [['', reading]] : reading)];
}

function samples(metric: MetricName, values: Iterable<readonly [string | number, number]>): string {
  const name = exposedName(metric);
  const { help, type, label } = rowOf(metric);
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  for (const [value, amount] of values) {
    const braces = value === '' ? '' : `{${label?.name ?? 'node'}="${escaped(String(value))}"}`;
    lines.push(`${name}${braces} ${numberText(amount)}`);
  }
  return `${lines.join('\n')}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
