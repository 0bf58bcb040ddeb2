import { exposedName, type MetricName, metricsTable, rowOf } from '@openrelay/telemetry';

/** The contents of METRICS.md. */
export function metricsDocument(): string {
  const names = Object.keys(metricsTable) as MetricName[];
  return [
    '# Metrics',
    '',
    '<!-- Generated from src/metrics/metrics-table.ts by `npm run docs`; edit that instead. -->',
    '',
    'Every edge answers `GET /metrics` with its own metrics, in the text format of Prometheus. Ops answers with the sums of all nodes',
    "so far, the gauges of each node under the label `node`, and the gauges of the deployment. An edge also has prom-client's",
    'metrics of its process (`process_…`, `nodejs_…`: CPU, memory, event-loop delay).',
    '',
    'Redis has the counts too, by minute, hour and day (`shared/state/KEYS.md`), as fields of hashes. `NAME` below has no',
    '`openrelay_` and no `_total`.',
    '',
    '| what | field |',
    '|---|---|',
    '| a counter | `NAME` or `NAME:LABEL` (`refused:429`) |',
    '| a bucket of a histogram, without the smaller ones | `NAME:le:BOUND` or `NAME:LABEL:le:BOUND`; the last bound is `inf` |',
    '| the sum of a histogram | `NAME:sum` or `NAME:LABEL:sum` |',
    '',
    '| name | type | of | label | what it counts |',
    '|---|---|---|---|---|',
    ...names.map(
      (name) =>
        `| \`${exposedName(name)}\` | ${rowOf(name).type} | ${rowOf(name).of ?? 'node'} | ${labelText(name)} | ${rowOf(name).help} |`,
    ),
    '',
  ].join('\n');
}

function labelText(name: MetricName): string {
  const { label } = rowOf(name);
  if (label === undefined) return '';
  return label.values === 'any' ? `\`${label.name}\`` : `\`${label.name}\`: ${label.values.join(', ')}`;
}
