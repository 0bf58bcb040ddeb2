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

const spaced = (value: string): string => value.replaceAll('\u00a0', ' ');

test.each([
  [0, '0'],
  [0.004, '0.00'],
  [0.25, '0.25'],
  [2.5, '2.5'],
  [9.999, '10'],
  [10, '10'],
  [25.34, '25.3'],
  [100, '100'],
  [2530.4, '2,530'],
  [-4, '-4'],
])('digits of %d are %s', (value, expected) => {
  expect(digits(value)).toBe(expected);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1_234_567, '1.23 MB'],
  [9.5e12, '9.5 TB'],
  [10e12, '10 TB'],
  [1e15, '1 PB'],
])('%d bytes are %s', (value, expected) => {
  expect(spaced(text(bytes(value)))).toBe(expected);
});

test.each([
  [-5, '0 s'],
  [1400, '1 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [3 * 3600_000, '3 h'],
  [72 * 3600_000, '3 days'],
])('%d ms last %s', (value, expected) => {
  expect(spaced(text(duration(value)))).toBe(expected);
});

test('milliseconds become seconds when they are many', () => {
  expect(text(milliseconds(0.42))).toBe('0.42\u00a0ms');
  expect(text(milliseconds(2500))).toBe('2.5\u00a0s');
});

test('a share that is small is not nothing', () => {
  expect(spaced(percent(0))).toBe('0 %');
  expect(spaced(percent(0.0004))).toBe('< 0.1 %');
  expect(spaced(percent(0.573))).toBe('57.3 %');
});

test('one is not many', () => {
  expect(spaced(plural(1, 'node'))).toBe('1 node');
  expect(spaced(plural(1200, 'node'))).toBe('1,200 nodes');
  expect(whole(1e6)).toBe('1,000,000');
});

test('every error code that is counted has its words, and another one stands for itself', () => {
  const codes = Array.from({ length: 500 }, (_, i) => 100 + i);
  expect(codes.filter((code) => refusal(String(code)) !== String(code))).toEqual(metricsTable.refused.label.values);
  expect(refusal('429')).toBe('429 too many');
  expect(refusal('599')).toBe('599');
});
