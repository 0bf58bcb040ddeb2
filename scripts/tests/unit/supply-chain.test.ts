import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

type Package = { integrity?: string; link?: boolean; dev?: boolean; optional?: boolean; hasInstallScript?: boolean };

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const foreign = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Tools of developers for other systems were never fetched here. */
const isToolOfOthers = ({ dev, optional }: Package) => dev === true && optional === true;

test('every package is known by its contents', () => {
  expect(foreign.length).toBeGreaterThan(300);
  const unknown = foreign.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
  expect(unknown.filter(([, one]) => !isToolOfOthers(one)).map(([path]) => path)).toEqual([]);
});

test('no install script runs, and each that would is listed with the reason why it need not', () => {
  const [, section = ''] = /\n## Install scripts\n(.*?)\n## /s.exec(read('SUPPLY-CHAIN.md')) ?? [];
  const rows = Array.from(section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm), ([, name, reasons]) => ({ name, reasons }));
  const scripted = foreign.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  expect(rows.map(({ name }) => name)).toEqual([...new Set(scripted)].sort());
  for (const { reasons } of rows) expect(reasons!.split(' | ').filter((cell) => cell.trim() !== '')).toHaveLength(3);
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  const installs = read('deploy/Dockerfile').match(/npm ci.*/g)!;
  for (const line of installs) expect(line).toContain('--ignore-scripts');
});

test('the list of what the services are made of names every package that is installed for them, by its contents', () => {
  const text = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: repositoryRoot, encoding: 'utf8' });
  type Component = { purl: string; hashes?: { alg: string; content: string }[] };
  const { bomFormat, components } = JSON.parse(text) as { bomFormat: string; components: Component[] };
  expect(bomFormat).toBe('CycloneDX');
  const listed = new Set(components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content)));
  const hex = ({ integrity = '' }: Package) => Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  const missing = foreign.filter(([, one]) => !one.dev && !listed.has(hex(one)));
  expect(missing.map(([path]) => path)).toEqual([]);
});
