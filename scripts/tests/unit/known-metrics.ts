/** What an edge's and ops's /metrics have, and what Prometheus adds. */
import { createMetrics, metricsTable } from '@openrelay/telemetry';
import { namesIn, type Selector } from './promql';

type Job = 'openrelay-edge' | 'openrelay-ops';
type Values = readonly string[] | 'any';
/** Metric to its labels and their values. */
type Known = ReadonlyMap<string, Readonly<Record<string, Values>>>;

type Row = {
  readonly type: string;
  readonly of?: 'deployment';
  readonly label?: { readonly name: string; readonly values: readonly (string | number)[] | 'any' };
};

const rows: [name: string, row: Row][] = Object.entries(metricsTable);
/** Every target has them. */
const ofTarget: Readonly<Record<string, Values>> = { instance: 'any' };

export async function knownMetrics(): Promise<Record<Job, Known>> {
  const edge = rows.filter(([, row]) => row.of === undefined);
  // Of a node's own gauges ops shows some only, with the node's name; that one is ops's own too.
  const ops = rows.filter(([name, row]) => row.type !== 'gauge' || row.of !== undefined || name === 'redis_available');
  return {
    'openrelay-edge': new Map([['up', {}], ...(await ofProcess()), ...edge.flatMap(samplesOf)]),
    'openrelay-ops': new Map([['up', {}], ...ops.flatMap(samplesOf)]),
  };
}

/** prom-client's own, which are in no table of ours. */
async function ofProcess(): Promise<[string, Record<string, Values>][]> {
  const text = await createMetrics().text();
  return Array.from(text.matchAll(/^# TYPE ((?:process|nodejs)_\w+) /gm), ([, name]) => [name!, {}]);
}

function samplesOf([name, { type, label }]: [string, Row]): [string, Record<string, Values>][] {
  const labels: Record<string, Values> = {};
  if (label !== undefined) labels[label.name] = label.values === 'any' ? 'any' : label.values.map(String);
  const full = `openrelay_${name}`;
  switch (type) {
    case 'counter':
      return [[`${full}_total`, labels]];
    case 'histogram':
      return [
        [`${full}_bucket`, { ...labels, le: 'any' }],
        [`${full}_sum`, labels],
        [`${full}_count`, labels],
      ];
    default:
      return [[full, labels]];
  }
}

/** A sentence for each name that is nowhere; empty when all are known. */
export function faultsIn(expression: string, known: Record<Job, Known>): string[] {
  const { selectors, grouping } = namesIn(expression);
  const faults = selectors.flatMap((selector) => faultsOf(selector, known));
  const labels = new Set(['job', ...selectors.flatMap(({ metric }) => labelsOf(metric, known))]);
  return [...faults, ...grouping.filter((label) => !labels.has(label)).map((label) => `no metric has ${label}`)];
}

function faultsOf({ metric, labels }: Selector, known: Record<Job, Known>): string[] {
  const jobs = labels.get('job') ?? [];
  if (jobs.length === 0) return [`${metric} does not say of which job`];
  return jobs.flatMap((job) => {
    const has = Object.hasOwn(known, job) ? known[job as Job].get(metric) : undefined;
    if (has === undefined) return [`${job} has no ${metric}`];
    return Array.from(labels).flatMap(([label, values]) => {
      return label === 'job' ? [] : faultsOfLabel(metric, label, values, { ...ofTarget, ...has }[label]);
    });
  });
}

function faultsOfLabel(
  metric: string,
  label: string,
  values: readonly string[],
  allowed: Values | undefined,
): string[] {
  if (allowed === undefined) return [`${metric} has no label ${label}`];
  if (allowed === 'any') return [];
  const strange = values.filter((value) => !allowed.includes(value));
  return strange.map((value) => `${metric} is never ${label}="${value}"`);
}

function labelsOf(metric: string, known: Record<Job, Known>): string[] {
  return Object.values(known).flatMap((metrics) => Object.keys({ ...ofTarget, ...metrics.get(metric) }));
}
