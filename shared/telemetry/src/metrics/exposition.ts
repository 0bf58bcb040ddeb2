import { Registry } from 'prom-client';
import { type ParsedField, parseField } from './fields';
import type { Observations } from './labelled-histogram';
import { exposedName, type MetricName, type NameOf, namesOf, rowOf } from './metrics-table';

/** One reading for the deployment, or one for each value of the gauge's label, which is `node` for what nodes read. */
export type GaugeReadings = {
  readonly [Name in NameOf<'gauge'>]?: number | Iterable<readonly [label: string, value: number]>;
};

/** As prom-client has it: the name is given where it is not the metric's own. */
type Sample = { value: number; labels: Record<string, string>; metricName?: string };

/**
 * A registry of prom-client asks a metric for nothing but its name and `get()`, so it takes values that were counted elsewhere.
 * Its types name prom-client's own metrics alone, whose `name` they leave out.
 */
type Families = { registerMetric(family: { get(): Promise<object> }): void; metrics(): Promise<string> };

export const expositionType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The text that Prometheus reads. Gauges without a reading are left out, and so are fields that this version does not know.
 * @param counted all that was counted, by fields as in Redis; when absent it cannot be known, and no counter or histogram is
 *   shown: Prometheus would take counters of 0 for a restart
 */
export function exposition(gauges: GaugeReadings, counted?: ReadonlyMap<string, number>): Promise<string> {
  const registry: Families = new Registry();
  if (counted !== undefined) for (const [name, samples] of countedSamples(counted)) register(registry, name, samples);
  for (const name of namesOf('gauge')) {
    const reading = gauges[name];
    if (reading !== undefined) register(registry, name, gaugeSamples(name, reading));
  }
  return registry.metrics();
}

function register(registry: Families, metric: MetricName, values: Sample[]): void {
  const { help, type } = rowOf(metric);
  const name = exposedName(metric);
  const family = { name, get: async () => ({ name, help, type, values }) };
  registry.registerMetric(family);
}

function gaugeSamples(name: NameOf<'gauge'>, reading: NonNullable<GaugeReadings[NameOf<'gauge'>]>): Sample[] {
  if (typeof reading === 'number') return [{ value: reading, labels: {} }];
  return Array.from(reading, ([label, value]) => ({ value, labels: labelled(name, label, 'node') }));
}

function countedSamples(fields: ReadonlyMap<string, number>): [MetricName, Sample[]][] {
  const counters = new Map(namesOf('counter').map((name) => [name, zeros(name)]));
  const histograms = new Map(namesOf('histogram').map((name) => [name, new Map<string, Observations>()]));
  for (const [field, amount] of fields) {
    const parsed = parseField(field);
    if (parsed?.part === 'count') {
      const totals = counters.get(parsed.metric)!;
      totals.set(parsed.label, (totals.get(parsed.label) ?? 0) + amount);
    } else if (parsed) addTo(histograms.get(parsed.metric)!, parsed, amount);
  }
  return [
    ...Array.from(counters, ([name, totals]): [MetricName, Sample[]] => [name, counterSamples(name, totals)]),
    ...Array.from(histograms, ([name, cells]): [MetricName, Sample[]] => [name, histogramSamples(name, cells)]),
  ];
}

/** Closed labels start at 0, so that Prometheus can tell a rate from the first increment on. */
function zeros(name: NameOf<'counter'>): Map<string, number> {
  const { label } = rowOf(name);
  if (label === undefined) return new Map([['', 0]]);
  return new Map(label.values === 'any' ? [] : label.values.map((value) => [String(value), 0]));
}

type HistogramField = Exclude<ParsedField, { part: 'count' }>;

function addTo(cells: Map<string, Observations>, field: HistogramField, amount: number): void {
  const { metric, label } = field;
  const cell = cells.get(label) ?? { counts: new Float64Array((rowOf(metric).buckets?.length ?? 0) + 1), sum: 0 };
  cells.set(label, cell);
  if (field.part === 'sum') cell.sum += amount;
  else cell.counts[field.bucket]! += amount;
}

function counterSamples(name: MetricName, totals: ReadonlyMap<string, number>): Sample[] {
  return Array.from(totals, ([label, value]) => ({ value, labels: labelled(name, label) }));
}

function histogramSamples(metric: NameOf<'histogram'>, cells: ReadonlyMap<string, Observations>): Sample[] {
  const name = exposedName(metric);
  const { buckets = [] } = rowOf(metric);
  return [...cells].flatMap(([label, { counts, sum }]) => {
    const labels = labelled(metric, label);
    let upTo = 0;
    const samples = Array.from(counts, (count, bucket): Sample => {
      upTo += count;
      const le = String(buckets[bucket] ?? '+Inf');
      return { value: upTo, labels: { ...labels, le }, metricName: `${name}_bucket` };
    });
    return [
      ...samples,
      { value: sum, labels, metricName: `${name}_sum` },
      { value: upTo, labels, metricName: `${name}_count` },
    ];
  });
}

function labelled(name: MetricName, value: string, otherwise?: string): Record<string, string> {
  const label = rowOf(name).label?.name ?? otherwise;
  return label === undefined ? {} : { [label]: value };
}
