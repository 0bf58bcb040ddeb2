import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

const rowsOf = (document: string) => readFileSync(join(repositoryRoot, document), 'utf8').split('\n');

/** The numbers before a unit in the row of a table that begins so. */
function figures(document: string, begins: string, unit: RegExp): number[][] {
  const row = rowsOf(document).find((line) => line.startsWith(`| ${begins}`));
  if (row === undefined) throw new Error(`${document} has no row "${begins}".`);
  const found = row.matchAll(new RegExp(`([\\d.]+)(?: to ([\\d.]+))? ${unit.source}`, 'g'));
  return Array.from(found, ([, least, most = least]) => [Number(least), Number(most)]);
}

test('what README measured lies within what SCALING.md reckons with', () => {
  const pairs = [
    [
      figures('README.md', 'edge CPU for a 512-byte message', /µs/)[0],
      figures('SCALING.md', 'a message of 512 bytes', /µs/)[0],
    ],
    [figures('README.md', 'Redis CPU for it', /µs/)[0], figures('SCALING.md', 'a message of 512 bytes', /µs/)[1]],
    [
      figures('README.md', '10,000 idle connections', /%/)[0],
      figures('SCALING.md', '10,000 idle registered devices', /%/)[0],
    ],
    [
      figures('README.md', '10,000 idle connections', /%/)[1],
      figures('SCALING.md', '10,000 idle registered devices', /%/)[1],
    ],
  ];
  for (const [measured, range] of pairs) {
    expect(measured![0]).toBeGreaterThanOrEqual(range![0]!);
    expect(measured![1]).toBeLessThanOrEqual(range![1]!);
  }
});
