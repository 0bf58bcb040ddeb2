import { expect, test } from '@jest/globals';
import { createMetrics, metricsTable } from '../../src/index';

async function linesOf(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.text()).split('\n');
}

test('counters start at 0 and show what was counted', async () => {
  const metrics = createMetrics();
  expect(await linesOf(metrics)).toContain('openrelay_messages_accepted_total 0');
  metrics.count('messages_accepted');
  metrics.add('messages_accepted', 4);
  expect(await linesOf(metrics)).toContain('openrelay_messages_accepted_total 5');
  expect(await linesOf(metrics)).toContain('openrelay_messages_accepted_total 5');
});

test('labelled counters show every allowed value', async () => {
  const metrics = createMetrics();
  metrics.count('refused', 429);
  metrics.add('payload_bytes', 512, 'in');
  const lines = await linesOf(metrics);
  expect(lines).toContain('openrelay_refused_total{code="429"} 1');
  expect(lines).toContain('openrelay_refused_total{code="503"} 0');
  expect(lines).toContain('openrelay_payload_bytes_total{direction="in"} 512');
});

test('a gauge is read at each scrape', async () => {
  const metrics = createMetrics();
  let connections = 1;
  expect((await linesOf(metrics)).filter((line) => line.startsWith('openrelay_connections '))).toEqual([]);
  metrics.gauge('connections', () => connections);
  expect(await linesOf(metrics)).toContain('openrelay_connections 1');
  connections = 2;
  expect(await linesOf(metrics)).toContain('openrelay_connections 2');
});

test('a histogram counts up to each bound, and sums', async () => {
  const metrics = createMetrics();
  for (const seconds of [0.001, 0.002, 0.5, 100]) metrics.observe('accepted_to_delivered_seconds', seconds);
  metrics.observe('script_duration_seconds', 0.25, 'message_accept');
  const lines = await linesOf(metrics);
  expect(lines).toContain('openrelay_accepted_to_delivered_seconds_bucket{le="0.001"} 1');
  expect(lines).toContain('openrelay_accepted_to_delivered_seconds_bucket{le="0.002"} 2');
  expect(lines).toContain('openrelay_accepted_to_delivered_seconds_bucket{le="+Inf"} 4');
  expect(lines).toContain('openrelay_accepted_to_delivered_seconds_count 4');
  expect(lines).toContain('openrelay_script_duration_seconds_bucket{le="0.5",script="message_accept"} 1');
  expect(lines).toContain('openrelay_script_duration_seconds_sum{script="message_accept"} 0.25');
});

test('an open label is bounded', async () => {
  const metrics = createMetrics();
  for (let script = 0; script < 1000; script++) {
    metrics.count('script_calls', `s${script}`);
    metrics.observe('script_duration_seconds', 1, `s${script}`);
  }
  const lines = await linesOf(metrics);
  expect(lines.filter((line) => line.startsWith('openrelay_script_calls_total{'))).toHaveLength(65);
  expect(lines).toContain('openrelay_script_calls_total{script="other"} 936');
  expect(lines).toContain('openrelay_script_duration_seconds_count{script="other"} 936');
});

test('the metrics of the process are there', async () => {
  const text = await createMetrics().text();
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});

test('the bounds of every histogram ascend', () => {
  for (const row of Object.values(metricsTable)) {
    if ('buckets' in row) expect([...row.buckets]).toEqual([...row.buckets].sort((a, b) => a - b));
  }
});
