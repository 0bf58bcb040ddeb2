import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { askedOf, faultsIn, knownMetrics } from './known-metrics';
import { namesIn } from './promql';

type Panel = {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
};

const text = readFileSync(join(repositoryRoot, 'deploy/grafana/dashboards/openrelay.json'), 'utf8');
const dashboard = JSON.parse(text) as {
  panels: Panel[];
  templating: { list: { query: string | { query: string } }[] };
};
const charts = dashboard.panels.filter(({ type }) => type !== 'row');

/** Edges are chosen with a variable: any instance. */
function expressions({ targets = [] }: Panel): string[] {
  return targets.map(({ expr }) => expr);
}

test.each(charts)('$title asks only for metrics, labels and values that there are', async (panel) => {
  expect(expressions(panel)).not.toHaveLength(0);
  const known = await knownMetrics();
  expect(expressions(panel).flatMap((expression) => faultsIn(expression, known))).toEqual([]);
});

test.each(charts)('$title names its lines by labels that they have', ({ targets = [] }) => {
  for (const { expr, legendFormat } of targets) {
    const kept = /^(sum|max|min|histogram_quantile)\b/.test(expr) ? namesIn(expr).grouping : ['instance'];
    const shown = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label);
    expect(shown.filter((label) => !kept.includes(label!))).toEqual([]);
  }
});

test('what the variables ask for is there', async () => {
  const queries = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
  const values = queries.flatMap((query) => /^label_values\((.+), instance\)$/.exec(query)?.[1] ?? []);
  expect(values).toHaveLength(1);
  expect(faultsIn(values[0]!, await knownMetrics())).toEqual([]);
});

test.each(['openrelay-edge', 'openrelay-ops'] as const)('every metric of %s is shown', async (job) => {
  const known = (await knownMetrics())[job];
  const selectors = charts.flatMap(expressions).flatMap((expression) => namesIn(expression).selectors);
  const shown = new Set(
    selectors.filter(({ labels }) => labels.get('job')?.includes(job)).flatMap((selector) => askedOf(selector, known)),
  );
  const own = [...known.keys()].filter((name) => name.startsWith('openrelay_'));
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

test('panels have ids of their own and do not lie on one another', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});
