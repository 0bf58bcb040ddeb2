import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { releaseLock, takeLock } from '../../src/up/lock';

const built = join(repositoryRoot, 'scripts/dist/up/lock.js');
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-lock-'));
  file = join(folder, 'up.pid');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a lock holds the pid of who took it, and is gone when it is released', () => {
  takeLock(file);
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
  releaseLock(file);
  expect(existsSync(file)).toBe(false);
});

test('where nothing can be written no lock is left behind', () => {
  // What a full disk does to a file, for this process alone: it is made, and takes nothing.
  const script = `require(${JSON.stringify(built)}).takeLock(${JSON.stringify(file)})`;
  const { stderr } = spawnSync('bash', ['-c', 'ulimit -f 0; exec node -e "$0"', script], { encoding: 'utf8' });
  expect(stderr).toMatch(/Error: \S+\/up\.pid cannot be written \(EFBIG: /);
  expect(existsSync(file)).toBe(false);
});
