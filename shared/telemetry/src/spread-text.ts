import { exposedName, type NameOf, rowOf } from './metrics-table';
import type { Observations } from './spread';

/**
 * A histogram in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). prom-client can write
 * histograms of its own observations only, not of counts that were kept elsewhere.
 */
export function spreadText(
  metric: NameOf<'histogram'>,
  spread: Iterable<readonly [string | number, Observations]>,
): string {
  const name = exposedName(metric);
  const { help, label, buckets = [] } = rowOf(metric);
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [value, { counts, sum }] of spread) {
    const labels = label === undefined ? [] : [`${label.name}="${escaped(String(value))}"`];
    let upTo = 0;
    for (const [bucket, count] of counts.entries()) {
      upTo += count;
      const bound = `le="${buckets[bucket] ?? '+Inf'}"`;
      lines.push(`${name}_bucket{${[...labels, bound].join(',')}} ${upTo}`);
    }
    const braces = labels.length === 0 ? '' : `{${labels.join()}}`;
    lines.push(`${name}_sum${braces} ${sum}`, `${name}_count${braces} ${upTo}`);
  }
  return `${lines.join('\n')}\n`;
}

export function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
