import { expect, test } from '@jest/globals';
import { metricsTable } from '@openrelay/telemetry';
import {
  bytes,
  digits,
  duration,
  milliseconds,
  percent,
  plural,
  refusal,
  text,
  whole,
} from '../../dashboard/page/format';

test.each([
  [digits(0), '0'],
  [digits(0.004), '0.00'],
  [digits(0.25), '0.25'],
  [digits(2.5), '2.5'],
  [digits(9.999), '10'],
  [digits(10), '10'],
  [digits(25.34), '25.3'],
  [digits(100), '100'],
  [digits(2530.4), '2,530'],
  [digits(-4), '-4'],
  [text(bytes(0)), '0 B'],
  [text(bytes(999)), '999 B'],
  [text(bytes(1000)), '1 kB'],
  [text(bytes(1_234_567)), '1.23 MB'],
  [text(bytes(9.5e12)), '9.5 TB'],
  [text(bytes(10e12)), '10 TB'],
  [text(bytes(1e15)), '1 PB'],
  [text(duration(-5)), '0 s'],
  [text(duration(1400)), '1 s'],
  [text(duration(119_000)), '119 s'],
  [text(duration(120_000)), '2 min'],
  [text(duration(3 * 3600_000)), '3 h'],
  [text(duration(72 * 3600_000)), '3 days'],
  [text(milliseconds(0.42)), '0.42 ms'],
  [text(milliseconds(2500)), '2.5 s'],
  [percent(0), '0 %'],
  [percent(0.0004), '< 0.1 %'],
  [percent(0.573), '57.3 %'],
  [plural(1, 'node'), '1 node'],
  [plural(1200, 'node'), '1,200 nodes'],
  [whole(1e6), '1,000,000'],
])('%s is %s, with a space that breaks no line', (written, expected) => {
  expect(written).toBe(expected.replaceAll(/(?<=\d|<) /g, '\u00a0'));
});

test('every error code that is counted has its words, and another one stands for itself', () => {
  const codes = Array.from({ length: 500 }, (_, i) => 100 + i);
  expect(codes.filter((code) => refusal(String(code)) !== String(code))).toEqual(metricsTable.refused.label.values);
  expect(refusal('429')).toBe('429 too many');
  expect(refusal('599')).toBe('599');
});
