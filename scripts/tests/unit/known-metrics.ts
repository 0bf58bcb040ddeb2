/** What the /metrics of an edge, ops and HAProxy have, and what Prometheus adds. */
import { createMetrics, exposedName, type MetricName, metricsTable, rowOf } from '@openrelay/telemetry';
import { namesIn, type Selector } from './promql';

type Job = 'openrelay-edge' | 'openrelay-ops' | 'haproxy';
const deniedByHaproxy = ['haproxy_frontend_requests_denied_total', 'haproxy_frontend_denied_connections_total'];

/** Labels and their values. */
type Labels = Readonly<Record<string, readonly string[] | 'any'>>;
export type Known = Readonly<Record<Job, ReadonlyMap<string, Labels>>>;

const names = Object.keys(metricsTable) as MetricName[];
/** Every target has them. */
const ofTarget: Labels = { instance: 'any' };

const ofBoth: readonly MetricName[] = ['redis_available', 'store_pressure', 'store_budget_bytes'];

export async function knownMetrics(): Promise<Known> {
  const edge = names.filter((name) => rowOf(name).of === undefined);
  // Of a node's own gauges ops shows some only, with the node's name; these are ops's own too.
  const ops = names.filter((name) => {
    const { type, of } = rowOf(name);
    return type !== 'gauge' || of !== undefined || ofBoth.includes(name);
  });
  return {
    'openrelay-edge': new Map([['up', {}], ...(await ofProcess()), ...edge.flatMap(samplesOf)]),
    'openrelay-ops': new Map([['up', {}], ...ops.flatMap(samplesOf)]),
    // Of its many; the tests of its limits ask a real one for them.
    haproxy: new Map(deniedByHaproxy.map((name) => [name, { proxy: ['devices'] }])),
  };
}

/** prom-client's own, which are in no table of ours. */
async function ofProcess(): Promise<[string, Labels][]> {
  const text = await createMetrics().text();
  return Array.from(text.matchAll(/^# TYPE ((?:process|nodejs)_\w+) /gm), ([, name]) => [name!, {}]);
}

function samplesOf(metric: MetricName): [string, Labels][] {
  const name = exposedName(metric);
  const { type, label } = rowOf(metric);
  const labels: Labels =
    label === undefined ? {} : { [label.name]: label.values === 'any' ? 'any' : label.values.map(String) };
  if (type !== 'histogram') return [[name, labels]];
  return [
    [`${name}_bucket`, { ...labels, le: 'any' }],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}

/** The names of a job's metrics that a selector asks for. */
export function askedOf({ metric }: Selector, known: ReadonlyMap<string, Labels>): string[] {
  const pattern = new RegExp(`^(?:${metric})$`);
  return [...known.keys()].filter((name) => pattern.test(name));
}

/** A sentence for each name that is nowhere; empty when all are known. */
export function faultsIn(expression: string, known: Known): string[] {
  const { selectors, grouping } = namesIn(expression);
  const faults = selectors.flatMap((selector) => faultsOf(selector, known));
  const asked = selectors.flatMap((selector) => Object.values(known).flatMap((job) => labelsOf(selector, job)));
  const labels = new Set(['job', ...asked.flatMap(Object.keys)]);
  return [...faults, ...grouping.filter((label) => !labels.has(label)).map((label) => `no metric has ${label}`)];
}

function labelsOf(selector: Selector, known: ReadonlyMap<string, Labels>): Labels[] {
  return [ofTarget, ...askedOf(selector, known).map((name) => known.get(name)!)];
}

function faultsOf(selector: Selector, known: Known): string[] {
  const { metric, labels } = selector;
  const jobs = labels.get('job') ?? [];
  if (jobs.length === 0) return [`${metric} does not say of which job`];
  return jobs.flatMap((job) => {
    const ofJob = Object.hasOwn(known, job) ? known[job as Job] : new Map<string, Labels>();
    if (askedOf(selector, ofJob).length === 0) return [`${job} has no ${metric}`];
    const allowed: Labels = Object.assign({}, ...labelsOf(selector, ofJob));
    return Array.from(labels).flatMap(([label, values]) => {
      return label === 'job' ? [] : faultsOfLabel(metric, label, values, allowed[label]);
    });
  });
}

function faultsOfLabel(
  metric: string,
  label: string,
  values: readonly string[],
  allowed: readonly string[] | 'any' | undefined,
): string[] {
  if (allowed === undefined) return [`${metric} has no label ${label}`];
  if (allowed === 'any') return [];
  const strange = values.filter((value) => !allowed.includes(value));
  return strange.map((value) => `${metric} is never ${label}="${value}"`);
}
