import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

const rows = readFileSync(join(repositoryRoot, 'SCALING.md'), 'utf8').split('\n');

/** The numbers before a unit in the row of a table that begins so. */
function figures(begins: string, unit: RegExp): number[][] {
  const row = rows.find((line) => line.startsWith(`| ${begins}`));
  if (row === undefined) throw new Error(`SCALING.md has no row "${begins}".`);
  const found = row.matchAll(new RegExp(`([\\d.]+)(?: to ([\\d.]+))? ${unit.source}`, 'g'));
  return Array.from(found, ([, least, most = least]) => [Number(least), Number(most)]);
}

test('what SCALING.md measured lies within what it calculates with', () => {
  const pairs = [
    [figures('edge CPU for a 512-byte message', /µs/)[0], figures('a message of 512 bytes', /µs/)[0]],
    [figures('Redis CPU for it', /µs/)[0], figures('a message of 512 bytes', /µs/)[1]],
    [figures('10,000 idle connections', /%/)[0], figures('10,000 idle registered devices', /%/)[0]],
    [figures('10,000 idle connections', /%/)[1], figures('10,000 idle registered devices', /%/)[1]],
  ];
  for (const [measured, range] of pairs) {
    expect(measured![0]).toBeGreaterThanOrEqual(range![0]!);
    expect(measured![1]).toBeLessThanOrEqual(range![1]!);
  }
});
