import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { settingsTable } from '@openrelay/config';
import { repositoryRoot } from '@openrelay/launch';
import { eventsTable } from '@openrelay/telemetry';
import { parse } from 'yaml';
import { readAlerts } from './alert-rules';
import { faultsIn, knownMetrics } from './known-metrics';
import { namesIn } from './promql';

const folder = join(repositoryRoot, 'deploy/prometheus');
const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');
const alerts = readAlerts(rules);
const runbook = readFileSync(join(repositoryRoot, 'RUNBOOK.md'), 'utf8');

test('every rule is an alert with a name of its own', () => {
  expect(alerts).toHaveLength(rules.split('- alert:').length - 1);
  expect(alerts.length).toBeGreaterThan(10);
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});

test.each(alerts)('$alert names only metrics, labels and values that there are', async ({ expr }) => {
  expect(namesIn(expr).selectors).not.toHaveLength(0);
  expect(faultsIn(expr, await knownMetrics())).toEqual([]);
});

test.each(alerts)('$alert shows only labels that its expression keeps', ({ expr, annotations: { summary } }) => {
  const isOfOneTarget = !/^(absent|max|min|sum)\b/.test(expr);
  const kept = [...namesIn(expr).grouping, ...(isOfOneTarget ? ['instance'] : [])];
  const shown = Array.from(summary.matchAll(/\$labels\.(\w+)/g), ([, label]) => label);
  expect(shown.filter((label) => !kept.includes(label!))).toEqual([]);
});

test.each(alerts)('$alert says how bad it is, for how long, and where to read on, and nothing else', (rule) => {
  const { alert } = rule;
  expect(alert).toMatch(/^Relay[A-Z][A-Za-z0-9]+$/);
  expect(rule).toEqual({
    alert,
    expr: expect.any(String),
    for: expect.stringMatching(/^\d+[smh]$/),
    labels: { severity: expect.stringMatching(/^(critical|warning)$/) },
    annotations: { summary: expect.stringMatching(/\.$/), runbook_url: `RUNBOOK.md#${alert.toLowerCase()}` },
  });
});

test('every alert has its section in the runbook, and every section its alert', () => {
  const sections = Array.from(runbook.matchAll(/^## (Relay\w+)$/gm), ([, name]) => name);
  expect(sections).toEqual(alerts.map(({ alert }) => alert));
});

test('every section says what it means, what to look at and what to do', () => {
  for (const section of runbook.split(/^## (?=Relay)/m).slice(1)) {
    expect(section).toMatch(/^Relay\w+\n\n\S[\s\S]*\n\*\*Look\*\*[\s\S]*\n\*\*Do\*\*/);
  }
});

test('the runbook names only log events and settings that there are', () => {
  const events = Array.from(
    runbook.matchAll(
      /`((?:connections|edge|files|janitor|job|ledger|log|ops|process|redis|settings|store|subscriber)\.\w+)`/g,
    ),
    ([, name]) => name,
  );
  expect(events).not.toHaveLength(0);
  expect(events.filter((name) => !Object.hasOwn(eventsTable, name!))).toEqual([]);
  const settings = Object.values(settingsTable).map(({ name }) => String(name));
  const named = runbook.match(/\b(RELAY|OPS)_[A-Z_]+/g) ?? [];
  expect(named.filter((name) => !settings.includes(name))).toEqual([]);
});

test('every alert is played, with promtool', () => {
  const played = parse(readFileSync(join(folder, 'alerts.test.yml'), 'utf8')) as { tests: { name: string }[] };
  expect(played.tests.map(({ name }) => name)).toEqual(expect.arrayContaining(alerts.map(({ alert }) => alert)));
});

test.each([
  ['compose/prometheus.yml', []],
  ['prometheus/prometheus.yml', ['haproxy']],
])('Prometheus scrapes the jobs that the alerts ask for: %s, but for %j', async (file, without) => {
  const scraped = parse(readFileSync(join(repositoryRoot, 'deploy', file), 'utf8')) as {
    scrape_configs: { job_name: string }[];
  };
  const jobs = [...scraped.scrape_configs.map(({ job_name }) => job_name), ...without];
  expect(jobs).toEqual(Object.keys(await knownMetrics()));
});

test.each([
  ['openrelay_made_up{job="openrelay-edge"} > 0', 'openrelay-edge has no openrelay_made_up'],
  ['openrelay_drains{job="openrelay-edge"}', 'openrelay-edge has no openrelay_drains'],
  ['rate(openrelay_drains_total[5m])', 'openrelay_drains_total does not say of which job'],
  ['up{job="elsewhere"} == 0', 'elsewhere has no up'],
  ['{__name__=~"made_up_.+",job="openrelay-ops"}', 'openrelay-ops has no made_up_.+'],
  ['{__name__=~"openrelay_.+",colour="red",job="openrelay-ops"}', 'openrelay_.+ has no label colour'],
  ['openrelay_nodes{job="openrelay-edge"}', 'openrelay-edge has no openrelay_nodes'],
  ['openrelay_nodes{job="openrelay-ops",state="gone"}', 'openrelay_nodes is never state="gone"'],
  ['openrelay_refused_total{job="openrelay-edge",code=~"503|418"}', 'openrelay_refused_total is never code="418"'],
  ['openrelay_connections{job="openrelay-edge",colour="red"}', 'openrelay_connections has no label colour'],
  ['sum by (colour) (openrelay_connections{job="openrelay-edge"})', 'no metric has colour'],
  ['time() - process_end_time_seconds{job="openrelay-edge"}', 'openrelay-edge has no process_end_time_seconds'],
])('a made-up name is found: %s', async (expression, fault) => {
  expect(faultsIn(expression, await knownMetrics())).toEqual([fault]);
});
