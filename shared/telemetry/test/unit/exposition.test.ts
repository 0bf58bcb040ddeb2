import { expect, test } from '@jest/globals';
import { countedIn, createMetrics, exposition, metricsTable } from '../../src/index';
import { parseStrictly } from './strict-text';

test('nothing counted is strict text with every counter and histogram, and no gauge', async () => {
  const families = parseStrictly(await exposition({}, countedIn(new Map())));
  const wanted = Object.entries(metricsTable)
    .filter(([, { type }]) => type !== 'gauge')
    .map(([name, { type }]) => `openrelay_${name}${type === 'counter' ? '_total' : ''}`);
  expect([...families.keys()].sort()).toEqual(wanted.sort());
  expect(families.get('openrelay_messages_accepted_total')!.samples).toEqual(new Map([['', 0]]));
  expect(families.get('openrelay_refused_total')!.samples.get('{code="429"}')).toBe(0);
});

test('what nodes counted is shown in full', async () => {
  const metrics = createMetrics();
  metrics.add('messages_accepted', 12);
  metrics.count('refused', 429);
  for (const seconds of [0.001, 0.3, 99]) metrics.observe('accepted_to_delivered_seconds', seconds);
  metrics.observe('script_duration_seconds', 0.25, 'message_accept');
  const families = parseStrictly(await exposition({}, countedIn(metrics.snapshot())));
  expect(families.get('openrelay_messages_accepted_total')!.samples.get('')).toBe(12);
  expect(families.get('openrelay_refused_total')!.samples.get('{code="429"}')).toBe(1);
  const delivered = families.get('openrelay_accepted_to_delivered_seconds')!.samples;
  expect(delivered.get('_bucket{le="0.25"}')).toBe(1);
  expect(delivered.get('_bucket{le="0.5"}')).toBe(2);
  expect(delivered.get('_count')).toBe(3);
  const scripts = families.get('openrelay_script_duration_seconds')!.samples;
  expect(scripts.get('_bucket{le="0.5",script="message_accept"}')).toBe(1);
  expect(scripts.get('_sum{script="message_accept"}')).toBe(0.25);
});

test('gauges are of nodes or of the deployment', async () => {
  const connections = new Map([
    ['n1', 3],
    ['n2', 0],
  ]);
  const families = parseStrictly(await exposition({ connections, queued_messages: 7 }));
  expect(families.get('openrelay_connections')).toEqual({
    type: 'gauge',
    samples: new Map([
      ['{node="n1"}', 3],
      ['{node="n2"}', 0],
    ]),
  });
  expect(families.get('openrelay_queued_messages')!.samples).toEqual(new Map([['', 7]]));
});

test('what another version counted is left out, and odd labels are escaped', async () => {
  const fields = new Map([
    ['messages_teleported', 3],
    ['accepted_to_delivered_seconds:le:7', 3],
    ['script_calls:a"b\\c\nd', 2],
  ]);
  const text = await exposition({ probe_age_seconds: [['n1', Number.POSITIVE_INFINITY]] }, countedIn(fields));
  const families = parseStrictly(text);
  expect(families.get('openrelay_script_calls_total')!.samples).toEqual(new Map([['{script="a\\"b\\\\c\\nd"}', 2]]));
  expect(families.get('openrelay_probe_age_seconds')!.samples.get('{node="n1"}')).toBe(Number.POSITIVE_INFINITY);
  expect(text).not.toMatch('teleported');
});

test('what was counted is left out, not 0, where it cannot be known', async () => {
  const families = parseStrictly(await exposition({ redis_available: 0 }));
  expect([...families.keys()]).toEqual(['openrelay_redis_available']);
});

test('a node shows its own counts and readings in the same strict text, beside its process', async () => {
  const metrics = createMetrics();
  metrics.gauge('connections', () => 3);
  metrics.count('refused', 429);
  const families = parseStrictly(await metrics.text());
  expect(families.get('openrelay_connections')!.samples).toEqual(new Map([['', 3]]));
  expect(families.get('openrelay_refused_total')!.samples.get('{code="429"}')).toBe(1);
  expect(families.get('process_cpu_seconds_total')!.type).toBe('counter');
});
