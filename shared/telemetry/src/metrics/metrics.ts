import { collectDefaultMetrics, Registry } from 'prom-client';
import { exposition, expositionType, type GaugeReadings } from './exposition';
import { counterFields, histogramFields } from './fields';
import { LabelledCounter } from './labelled-counter';
import { LabelledHistogram } from './labelled-histogram';
import { type LabelOf, type MetricName, type NameOf, namesOf, rowOf } from './metrics-table';

export type Metrics = {
  /** Adds 1 to a counter. */
  count<Name extends NameOf<'counter'>>(name: Name, ...label: LabelOf<Name>): void;
  /** Adds to a counter; amounts are never negative. */
  add<Name extends NameOf<'counter'>>(name: Name, amount: number, ...label: LabelOf<Name>): void;
  /** Takes the value in the unit that the name ends with. */
  observe<Name extends NameOf<'histogram'>>(name: Name, value: number, ...label: LabelOf<Name>): void;
  /** `read` is called at each scrape; a gauge without a reader is not shown. */
  gauge(name: NameOf<'gauge'>, read: () => number): void;
  /** All that was counted and observed since the start, by field. */
  snapshot(): Map<string, number>;
  /** Everything in Prometheus' text format, the process's own metrics included. */
  text(): Promise<string>;
  readonly contentType: string;
};

/**
 * What prom-client tells of the event loop's delay beside the delay at the scrape itself. It has a timer for these that would wake
 * an idle process a hundred times a second; `event_loop_delay_seconds` is in their place.
 */
const lagStatistics = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
const hourMs = 3_600_000;

export function createMetrics(): Metrics {
  const counters = tableOf(namesOf('counter'), (name) => new LabelledCounter(rowOf(name)));
  const histograms = tableOf(namesOf('histogram'), (name) => new LabelledHistogram(rowOf(name).buckets ?? []));
  const readers = new Map<NameOf<'gauge'>, () => number>();
  const ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, eventLoopMonitoringPrecision: hourMs });
  for (const name of lagStatistics) ofProcess.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`);

  return {
    contentType: expositionType,
    count: (name: NameOf<'counter'>, label: string | number = '') => counters[name].add(label, 1),
    add: (name: NameOf<'counter'>, amount: number, label: string | number = '') => counters[name].add(label, amount),
    observe: (name: NameOf<'histogram'>, value: number, label: string | number = '') =>
      histograms[name].observe(label, value),
    gauge: (name, read) => readers.set(name, read),
    snapshot: () =>
      new Map([
        ...namesOf('counter').flatMap((name) => counterFields(name, counters[name].entries())),
        ...namesOf('histogram').flatMap((name) => histogramFields(name, histograms[name].entries())),
      ]),
    async text() {
      const readings: GaugeReadings = Object.fromEntries(Array.from(readers, ([name, read]) => [name, read()]));
      const counted = {
        counters: namesOf('counter').map((name) => [name, counters[name].entries()] as const),
        histograms: namesOf('histogram').map((name) => [name, histograms[name].entries()] as const),
      };
      return `${await exposition(readings, counted)}\n${await ofProcess.metrics()}`;
    },
  };
}

function tableOf<Name extends MetricName, Values>(
  names: readonly Name[],
  make: (name: Name) => Values,
): Readonly<Record<Name, Values>> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Values>;
}
