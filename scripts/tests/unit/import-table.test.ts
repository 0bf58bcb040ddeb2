import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const foldersIn = (folder: string) => readdirSync(join(repositoryRoot, folder)).map((name) => `${folder}/${name}`);
const folders = [...foldersIn('shared'), ...foldersIn('services'), 'scripts'];
const services = foldersIn('services').map((folder) => folder.replace('services/', ''));

/** What the table calls a dependency: ours by its folder, fastify's plugins by fastify, TypeBox by its own name. */
function nameOf(dependency: string): string {
  const [, family = dependency, name = family] = /^@([^/]+)\/(.+)$/.exec(dependency) ?? [];
  return family === 'openrelay' || family === 'sinclair' ? name : family;
}

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as { dependencies?: Record<string, string> };
  return [...new Set(Object.keys(dependencies).map(nameOf))].sort();
}

function tableRows(): [folder: string, mayImport: string][] {
  const [, table = ''] = /^\| folder \| what it is \| may import \|\n\|[-|]+\n((?:\|.*\n)+)/m.exec(
    read('ARCHITECTURE.md'),
  )!;
  return table
    .trim()
    .split('\n')
    .map((row) => {
      const [, folder = '', , mayImport = ''] = row.split('|').map((cell) => cell.trim());
      return [folder.replaceAll('`', ''), mayImport];
    });
}

test('the import table of ARCHITECTURE.md has every package, and names what its manifest does', () => {
  const told = Object.fromEntries(tableRows());
  expect(Object.keys(told).sort()).toEqual([...folders].sort());
  for (const [folder, mayImport] of Object.entries(told)) {
    const dependencies = dependenciesOf(folder);
    if (mayImport === 'anything') continue;
    if (mayImport === 'anything but services') {
      expect(dependencies.filter((name) => services.includes(name))).toEqual([]);
      continue;
    }
    const names = mayImport === '–' ? [] : mayImport.split(', ').sort();
    expect({ folder, names }).toEqual({ folder, names: dependencies });
  }
});
