/** The names of metrics as fields of hashes in Redis. Only this file makes and reads them; METRICS.md has their form. */

import type { Counted } from './exposition';
import type { Observations } from './labelled-histogram';
import { type LabelOf, type MetricName, metricsTable, type NameOf, namesOf, rowOf } from './metrics-table';

export type ParsedField =
  | { part: 'count'; metric: NameOf<'counter'>; label: string }
  /** `bucket` is its place among the bounds; the one after the last bound is for what is above them all. */
  | { part: 'bucket'; metric: NameOf<'histogram'>; label: string; bucket: number }
  | { part: 'sum'; metric: NameOf<'histogram'>; label: string };

export type Observed = Observations & {
  readonly bounds: readonly number[];
};

const aboveAll = 'inf';
/** What follows a histogram's name. */
const histogramForm = /^(?::(?<label>.*?))?:(?:le:(?<bound>[^:]+)|sum)$/s;

function labelled(name: MetricName, label: string | number): string {
  return rowOf(name).label === undefined ? name : `${name}:${label}`;
}

export function counterField<Name extends NameOf<'counter'>>(name: Name, ...label: LabelOf<Name>): string {
  return labelled(name, label[0] ?? '');
}

export function counterFields(
  name: NameOf<'counter'>,
  totals: Iterable<[label: string | number, total: number]>,
): [string, number][] {
  return Array.from(totals, ([label, total]) => [labelled(name, label), total]);
}

export function histogramFields(
  name: NameOf<'histogram'>,
  cells: Iterable<readonly [label: string | number, Observations]>,
): [string, number][] {
  const bounds = [...metricsTable[name].buckets, aboveAll];
  return Array.from(cells).flatMap(([label, { counts, sum }]) => {
    const prefix = labelled(name, label);
    const buckets = bounds.map((bound, i): [string, number] => [`${prefix}:le:${bound}`, counts[i]!]);
    return [...buckets, [`${prefix}:sum`, sum]];
  });
}

/** None for what this version does not know: a metric, label or bound of another one. */
export function parseField(field: string): ParsedField | undefined {
  const [name = ''] = field.split(':', 1);
  if (!Object.hasOwn(metricsTable, name)) return undefined;
  const rest = field.slice(name.length);
  switch (rowOf(name as MetricName).type) {
    case 'counter':
      return parseCounter(name as NameOf<'counter'>, rest);
    case 'histogram':
      return parseHistogram(name as NameOf<'histogram'>, rest);
    case 'gauge':
      return undefined;
  }
}

function parseCounter(metric: NameOf<'counter'>, rest: string): ParsedField | undefined {
  const { label } = rowOf(metric);
  if ((label === undefined) !== (rest === '')) return undefined;
  return { part: 'count', metric, label: rest.slice(1) };
}

function parseHistogram(metric: NameOf<'histogram'>, rest: string): ParsedField | undefined {
  const { label, bound } = histogramForm.exec(rest)?.groups ?? {};
  const row = rowOf(metric);
  if ((label === undefined) !== (row.label === undefined)) return undefined;
  const named = { metric, label: label ?? '' };
  if (bound === undefined) return rest.endsWith(':sum') ? { part: 'sum', ...named } : undefined;
  const bucket = [...(row.buckets ?? []), aboveAll].map(String).indexOf(bound);
  return bucket === -1 ? undefined : { part: 'bucket', ...named, bucket };
}

/** What the fields say of all metrics. Those that this version does not know are left out. */
export function countedIn(fields: ReadonlyMap<string, number>): Counted {
  const counters = new Map(namesOf('counter').map((name) => [name, zeros(name)]));
  const histograms = new Map(namesOf('histogram').map((name) => [name, new Map<string, Observations>()]));
  for (const [field, amount] of fields) {
    const parsed = parseField(field);
    if (parsed?.part === 'count') {
      const totals = counters.get(parsed.metric)!;
      totals.set(parsed.label, (totals.get(parsed.label) ?? 0) + amount);
    } else if (parsed) addTo(cellOf(histograms.get(parsed.metric)!, parsed), parsed, amount);
  }
  return { counters, histograms };
}

/** Closed labels start at 0, so that Prometheus can tell a rate from the first increment on. */
function zeros(name: NameOf<'counter'>): Map<string, number> {
  const { label } = rowOf(name);
  if (label === undefined) return new Map([['', 0]]);
  return new Map(label.values === 'any' ? [] : label.values.map((value) => [String(value), 0]));
}

type HistogramField = Exclude<ParsedField, { part: 'count' }>;

function cellOf(cells: Map<string, Observations>, { metric, label }: HistogramField): Observations {
  const cell = cells.get(label) ?? { counts: new Float64Array(metricsTable[metric].buckets.length + 1), sum: 0 };
  cells.set(label, cell);
  return cell;
}

function addTo(cell: Observations, field: HistogramField, amount: number): void {
  if (field.part === 'sum') cell.sum += amount;
  else cell.counts[field.bucket]! += amount;
}

/** What the fields say of a histogram, all its labels together. */
export function histogramIn(fields: ReadonlyMap<string, number>, name: NameOf<'histogram'>): Observed {
  const bounds = metricsTable[name].buckets;
  const observed = { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 };
  for (const [field, amount] of fields) {
    const parsed = field.startsWith(name) ? parseField(field) : undefined;
    if (parsed?.metric === name) addTo(observed, parsed, amount);
  }
  return observed;
}

/** By how much each field that grew has grown. */
export function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  const grown = Array.from(after, ([field, amount]): [string, number] => [field, amount - (before.get(field) ?? 0)]);
  return new Map(grown.filter(([, amount]) => amount > 0));
}
