import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assertKnownBuild, loadUws } from '../../src/index';

const name = 'uWebSockets.js';
const file = `uws_linux_x64_${process.versions.modules}.node`;
const installed = join(__dirname, '../../../../node_modules', name, file);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'uws-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a native build that is the known one is loaded', () => {
  assertKnownBuild(name, installed);
  expect(loadUws().name).toMatch(/^uWebSockets\.js \d/);
});

test('one with a byte more is refused, with what to do', () => {
  const changed = join(folder, file);
  copyFileSync(installed, changed);
  assertKnownBuild(name, changed);
  appendFileSync(changed, '!');
  expect(() => assertKnownBuild(name, changed)).toThrow(
    /^\S+ is not the file that OpenRelay was made with, so it is not loaded: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}\. Install it anew \(rm -r node_modules && npm ci\); .*\.$/,
  );
});

test('one that nobody knows is refused', () => {
  const strange = join(folder, 'uws_linux_x64_999.node');
  copyFileSync(installed, strange);
  expect(() => assertKnownBuild(name, strange)).toThrow(/, not a known one\./);
});

test('nothing of a package whose build was changed is loaded', () => {
  const here = join(folder, 'uws');
  const changed = join(here, 'node_modules', name);
  mkdirSync(changed, { recursive: true });
  for (const part of ['dist', 'native-builds.json'])
    cpSync(join(__dirname, '../..', part), join(here, part), { recursive: true });
  for (const entry of ['package.json', 'uws.js']) copyFileSync(join(installed, '..', entry), join(changed, entry));
  writeFileSync(join(changed, file), 'not what it was');
  const load = `require(${JSON.stringify(join(here, 'dist/index.js'))}).loadUws()`;
  expect(() => execFileSync(process.execPath, ['-e', load], { stdio: 'pipe' })).toThrow(
    'is not the file that OpenRelay',
  );
});
