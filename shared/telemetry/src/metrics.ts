import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { counterFields, histogramFields } from './fields';
import {
  exposedName,
  type LabelOf,
  type MetricName,
  type MetricRow,
  type NameOf,
  namesOf,
  rowOf,
} from './metrics-table';
import { Spread } from './spread';
import { spreadText } from './spread-text';
import { Tally } from './tally';

export type Metrics = {
  /** Adds 1 to a counter. */
  count<Name extends NameOf<'counter'>>(name: Name, ...label: LabelOf<Name>): void;
  /** Adds to a counter; amounts are never negative. */
  add<Name extends NameOf<'counter'>>(name: Name, amount: number, ...label: LabelOf<Name>): void;
  /** Takes the value in the unit that the name ends with. */
  observe<Name extends NameOf<'histogram'>>(name: Name, value: number, ...label: LabelOf<Name>): void;
  /** `read` is called at each scrape; a gauge that nobody reads for is shown without a value. */
  gauge(name: NameOf<'gauge'>, read: () => number): void;
  /** All that was counted and observed since the start, by field. */
  snapshot(): Map<string, number>;
  /** Everything in Prometheus' text format, the process's own metrics included. */
  text(): Promise<string>;
  readonly contentType: string;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  const tallies = tableOf(namesOf('counter'), (name) => new Tally(rowOf(name)));
  const spreads = tableOf(namesOf('histogram'), (name) => new Spread(rowOf(name).buckets ?? []));
  const readers = new Map<MetricName, () => number>();

  for (const name of ofNodes('counter')) showTally(name, tallies[name], registry);
  for (const name of ofNodes('gauge')) showGauge(name, readers, registry);
  collectDefaultMetrics({ register: registry });

  return {
    contentType: registry.contentType,
    count: (name: NameOf<'counter'>, label: string | number = '') => tallies[name].add(label, 1),
    add: (name: NameOf<'counter'>, amount: number, label: string | number = '') => tallies[name].add(label, amount),
    observe: (name: NameOf<'histogram'>, value: number, label: string | number = '') =>
      spreads[name].observe(label, value),
    gauge: (name, read) => readers.set(name, read),
    snapshot: () =>
      new Map([
        ...namesOf('counter').flatMap((name) => counterFields(name, tallies[name].entries())),
        ...namesOf('histogram').flatMap((name) => histogramFields(name, spreads[name].entries())),
      ]),
    async text() {
      const histograms = namesOf('histogram').map((name) => spreadText(name, spreads[name].entries()));
      return [await registry.metrics(), ...histograms].join('\n');
    },
  };
}

function ofNodes<Type extends MetricRow['type']>(type: Type): NameOf<Type>[] {
  return namesOf(type).filter((name) => rowOf(name).of === undefined);
}

function tableOf<Name extends MetricName, Values>(
  names: readonly Name[],
  make: (name: Name) => Values,
): Readonly<Record<Name, Values>> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Values>;
}

function showTally(metric: NameOf<'counter'>, tally: Tally, registry: Registry): void {
  const { help, label } = rowOf(metric);
  const counter: Counter = new Counter({
    name: exposedName(metric),
    help,
    labelNames: label === undefined ? [] : [label.name],
    registers: [registry],
    collect() {
      counter.reset();
      for (const [value, total] of tally.entries()) {
        counter.inc(label === undefined ? {} : { [label.name]: value }, total);
      }
    },
  });
}

function showGauge(metric: NameOf<'gauge'>, readers: Map<MetricName, () => number>, registry: Registry): void {
  const gauge: Gauge = new Gauge({
    name: exposedName(metric),
    help: rowOf(metric).help,
    registers: [registry],
    collect() {
      const read = readers.get(metric);
      if (read === undefined) gauge.remove();
      else gauge.set(read());
    },
  });
}
