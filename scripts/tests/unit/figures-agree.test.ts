import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

/** The cells of the row of a document's table that begins so. */
function cells(document: string, begins: string): string[] {
  const rows = readFileSync(join(repositoryRoot, document), 'utf8').split('\n');
  const row = rows.find((line) => line.startsWith(`| ${begins}`));
  if (row === undefined) throw new Error(`${document} has no row "${begins}".`);
  return row.split('|').map((cell) => cell.trim());
}

const measured = (begins: string) => Number.parseFloat(cells('PERFORMANCE.md', begins).at(-2)!);

/** The range in a cell: `1.3 to 2.3 %`. */
function range(begins: string, cell: number, document = 'SCALING.md'): [number, number] {
  const [, least, most = least] = /([\d.]+)(?: to ([\d.]+))?/.exec(cells(document, begins)[cell]!) ?? [];
  return [Number(least), Number(most)];
}

test.each([
  ['200 connections, window 8: edge CPU', 'a message of 512 bytes', 2],
  ['200 connections, window 8: Redis CPU', 'a message of 512 bytes', 3],
  ['4,000 connections, window 1: edge CPU', 'the same among 4,000 devices', 2],
  ['4,000 connections, window 1: Redis CPU', 'the same among 4,000 devices', 3],
  ['10,000 idle devices: edge CPU', '10,000 idle registered devices', 2],
  ['10,000 idle devices: Redis CPU', '10,000 idle registered devices', 3],
])('"%s" of PERFORMANCE.md lies within what SCALING.md calculates with', (figure, row, cell) => {
  const [least, most] = range(row, cell);
  expect(measured(figure)).toBeGreaterThanOrEqual(least);
  expect(measured(figure)).toBeLessThanOrEqual(most);
});

test.each([
  ['a registration: Redis CPU', 'a registration'],
  ['a lease that is renewed: Redis CPU', 'a lease that is renewed'],
  ['64 nodes without devices', '64 nodes that have nothing to do'],
])('"%s" of the wide scenario is the same in PERFORMANCE.md and in SCALING.md', (figure, row) => {
  const [, , oneRedis, cluster] = cells('PERFORMANCE.md', figure);
  expect(cells('SCALING.md', row)[3]).toBe(`${oneRedis}, in a Cluster ${cluster}`);
});

test.each([
  ['the messages of an average day besides', 4, 5],
  ['a registration: memory', 4, 5],
])('SCALING.md tells of a million devices what the wide scenario measured: %s', (figure, oneRedis, cluster) => {
  const [, , ...measuredCells] = cells('PERFORMANCE.md', figure);
  const told = cells('SCALING.md', '1,000,000, on average');
  const inMillions = (cell: string) => cell.replace(' kB', ' GB');
  expect(told[oneRedis]).toContain(inMillions(measuredCells[0]!));
  expect(told[cluster]).toContain(inMillions(measuredCells[1]!));
});

test('all are back after a time that SCALING.md tells, as RELIABILITY.md has measured it', () => {
  const [least, most] = range('until all are registered again', 2, 'RELIABILITY.md');
  const told = range('15,000 devices that come back at once', 2);
  expect(least).toBeGreaterThanOrEqual(told[0]);
  expect(most).toBeLessThanOrEqual(told[1]);
});
