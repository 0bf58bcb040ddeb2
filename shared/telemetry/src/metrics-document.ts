import { exposedName, type MetricName, metricsTable, rowOf } from './metrics-table';

/** The contents of METRICS.md. */
export function metricsDocument(): string {
  const names = Object.keys(metricsTable) as MetricName[];
  return [
    '# Metrics',
    '',
    '<!-- Generated from src/metrics-table.ts by `npm run docs`; edit that instead. -->',
    '',
    'Every edge answers `GET /metrics` with these, in the text format of Prometheus, for itself alone: sum them over the edges.',
    "Beside them are prom-client's default metrics of the process (`process_…`, `nodejs_…`: CPU, memory, event-loop delay).",
    '',
    '| name | type | label | what it counts |',
    '|---|---|---|---|',
    ...names.map(
      (name) => `| \`${exposedName(name)}\` | ${rowOf(name).type} | ${labelText(name)} | ${rowOf(name).help} |`,
    ),
    '',
  ].join('\n');
}

function labelText(name: MetricName): string {
  const { label } = rowOf(name);
  if (label === undefined) return '';
  return label.values === 'any' ? `\`${label.name}\`` : `\`${label.name}\`: ${label.values.join(', ')}`;
}
