import { expect, test } from '@jest/globals';
import { added, counterField, createMetrics, histogramIn, metricsTable, parseField } from '../../src/index';

test('a counter is a field, by its label where it has one', () => {
  const metrics = createMetrics();
  metrics.add('messages_accepted', 5);
  metrics.count('refused', 429);
  metrics.count('script_calls', 'message_accept');
  const fields = metrics.snapshot();
  expect(fields.get('messages_accepted')).toBe(5);
  expect(fields.get('refused:429')).toBe(1);
  expect(fields.get('refused:503')).toBe(0);
  expect(fields.get('script_calls:message_accept')).toBe(1);
  expect(counterField('refused', 429)).toBe('refused:429');
  expect(counterField('messages_accepted')).toBe('messages_accepted');
});

test('a histogram is a field for each bucket alone, and one for the sum', () => {
  const metrics = createMetrics();
  for (const seconds of [0.001, 0.002, 0.0015, 100]) metrics.observe('accepted_to_delivered_seconds', seconds);
  metrics.observe('script_duration_seconds', 0.25, 'message_accept');
  const fields = metrics.snapshot();
  expect(fields.get('accepted_to_delivered_seconds:le:0.001')).toBe(1);
  expect(fields.get('accepted_to_delivered_seconds:le:0.002')).toBe(2);
  expect(fields.get('accepted_to_delivered_seconds:le:0.005')).toBe(0);
  expect(fields.get('accepted_to_delivered_seconds:le:inf')).toBe(1);
  expect(fields.get('accepted_to_delivered_seconds:sum')).toBeCloseTo(100.0045);
  expect(fields.get('script_duration_seconds:message_accept:le:0.5')).toBe(1);
  expect(fields.get('script_duration_seconds:message_accept:sum')).toBe(0.25);
});

test('every field of every metric is read back, and gauges have none', () => {
  const metrics = createMetrics();
  const byAnyName: {
    count(name: string, label?: string | number): void;
    observe(name: string, value: number, label?: string | number): void;
  } = metrics;
  for (const [name, row] of Object.entries(metricsTable)) {
    const values = 'label' in row ? row.label.values : [''];
    const label = values === 'any' ? 'message_accept' : values[0];
    if (row.type === 'counter') byAnyName.count(name, label);
    if (row.type === 'histogram') byAnyName.observe(name, 1, label);
  }
  const read = new Set<string>();
  for (const field of metrics.snapshot().keys()) {
    const parsed = parseField(field);
    expect(parsed).toBeDefined();
    read.add(parsed!.metric);
  }
  const kept = Object.entries(metricsTable).filter(([, { type }]) => type !== 'gauge');
  expect([...read].sort()).toEqual(kept.map(([name]) => name).sort());
});

test.each([
  '',
  'nothing_of_ours',
  'toString',
  'connections',
  'messages_accepted:one',
  'refused',
  'accepted_to_delivered_seconds',
  'accepted_to_delivered_seconds:le:7',
  'accepted_to_delivered_seconds:message_accept:sum',
  'script_duration_seconds:sum',
  'script_duration_seconds:message_accept',
  'script_duration_seconds:message_accept:le:',
])('a field that this version does not know is none: %p', (field) => {
  expect(parseField(field)).toBeUndefined();
});

test('the observations of all labels come together', () => {
  const fields = new Map([
    ['script_duration_seconds:one:le:0.001', 2],
    ['script_duration_seconds:other:le:0.001', 3],
    ['script_duration_seconds:other:le:inf', 1],
    ['script_duration_seconds:other:sum', 4.5],
    ['accepted_to_delivered_seconds:le:0.001', 7],
  ]);
  const { bounds, counts, sum } = histogramIn(fields, 'script_duration_seconds');
  expect(counts[bounds.indexOf(0.001)]).toBe(5);
  expect(counts[bounds.length]).toBe(1);
  expect(sum).toBe(4.5);
});

test('what was added since is what grew alone', () => {
  const before = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const after = new Map([
    ['a', 1],
    ['b', 5],
    ['c', 4],
    ['d', 0],
  ]);
  expect(added(before, after)).toEqual(
    new Map([
      ['b', 3],
      ['c', 4],
    ]),
  );
});
