import { Registry } from 'prom-client';
import type { Observations } from './labelled-histogram';
import { exposedName, type MetricName, type NameOf, namesOf, rowOf } from './metrics-table';

/** One reading for the deployment, or one for each value of the gauge's label, which is `node` for what nodes read. */
export type GaugeReadings = {
  readonly [Name in NameOf<'gauge'>]?: number | Iterable<readonly [label: string, value: number]>;
};

/** Totals and observations of each metric, by label; '' stands for none. */
export type Counted = {
  readonly counters: Iterable<readonly [NameOf<'counter'>, Entries<number>]>;
  readonly histograms: Iterable<readonly [NameOf<'histogram'>, Entries<Observations>]>;
};

type Entries<Value> = Iterable<readonly [label: string | number, Value]>;

type Labels = Readonly<Record<string, string | number>>;

/**
 * As prom-client has it. `metricName` is given where it is not the metric's own; `sharedLabels` are written once for all samples
 * that have the same object.
 */
type Sample = { value: number; labels: Labels; sharedLabels?: Labels; metricName?: string };

/**
 * A registry of prom-client asks a metric for nothing but its name and `get()`, so it takes values that were counted elsewhere.
 * Its types name prom-client's own metrics alone, whose `name` they leave out.
 */
type Families = { registerMetric(family: { get(): Promise<object> }): void; metrics(): Promise<string> };

export const expositionType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The text that Prometheus reads. Gauges without a reading are left out.
 * @param counted absent when it cannot be known: then no counter or histogram is shown, since Prometheus would take counters of 0
 *   for a restart
 */
export function exposition(gauges: GaugeReadings, counted?: Counted): Promise<string> {
  const registry: Families = new Registry();
  const { counters = [], histograms = [] } = counted ?? {};
  for (const [name, totals] of counters) register(registry, name, counterSamples(name, totals));
  for (const [name, cells] of histograms) register(registry, name, histogramSamples(name, cells));
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

function counterSamples(name: MetricName, totals: Entries<number>): Sample[] {
  return Array.from(totals, ([label, value]) => ({ value, labels: labelled(name, label) }));
}

function histogramSamples(metric: NameOf<'histogram'>, cells: Entries<Observations>): Sample[] {
  const name = exposedName(metric);
  const { buckets = [] } = rowOf(metric);
  return Array.from(cells).flatMap(([label, { counts, sum }]) => {
    const sharedLabels = labelled(metric, label);
    let upTo = 0;
    const samples = Array.from(counts, (count, bucket): Sample => {
      upTo += count;
      const le = buckets[bucket] ?? '+Inf';
      return { value: upTo, labels: { le }, sharedLabels, metricName: `${name}_bucket` };
    });
    return [
      ...samples,
      { value: sum, labels: sharedLabels, metricName: `${name}_sum` },
      { value: upTo, labels: sharedLabels, metricName: `${name}_count` },
    ];
  });
}

function labelled(name: MetricName, value: string | number, otherwise?: string): Labels {
  const label = rowOf(name).label?.name ?? otherwise;
  return label === undefined ? {} : { [label]: value };
}
