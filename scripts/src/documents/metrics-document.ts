import { exposedName, type MetricName, metricsTable, rowOf } from '@openrelay/telemetry';

/** The contents of METRICS.md. */
export function metricsDocument(): string {
  const names = Object.keys(metricsTable) as MetricName[];
  return [
    '# Metrics',
    '',
    '<!-- Generated from src/metrics-table.ts by `npm run docs`; edit that instead. -->',
    '',
    'Every edge answers `GET /metrics` with these, in the text format of Prometheus, for itself alone. Ops answers with the sums of',
    'all nodes since ever, with the gauges of each node under the label `node`, and with the gauges of the deployment.',
    'What is counted also lies in Redis, by minute, hour and day (`shared/state/KEYS.md`), as fields of hashes: a counter is',
    '`NAME` or `NAME:LABEL` (`refused:429`); a histogram is `NAME:le:BOUND` or `NAME:LABEL:le:BOUND`, the observations of that',
    'bucket alone (the last bound is `inf`), and `NAME:sum` or `NAME:LABEL:sum`. There `NAME` has no `openrelay_` and no `_total`.',
    '',
    "Beside them an edge has prom-client's default metrics of the process (`process_…`, `nodejs_…`: CPU, memory, event-loop delay).",
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
