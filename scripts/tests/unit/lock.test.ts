import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { releaseLock, takeLock } from '../../src/up/lock';
import { useFolder } from './use-folder';

const built = join(repositoryRoot, 'scripts/dist/up/lock.js');
const inFolder = useFolder();
const lockFile = () => inFolder('up.pid');

test('a lock holds the pid of who took it, and is gone when it is released', () => {
  takeLock(lockFile());
  expect(readFileSync(lockFile(), 'utf8')).toBe(`${process.pid}\n`);
  releaseLock(lockFile());
  expect(existsSync(lockFile())).toBe(false);
});

test('where nothing can be written no lock is left behind', () => {
  // What a full disk does to a file, for this process alone: it is made, and takes nothing.
  const script = `require(${JSON.stringify(built)}).takeLock(${JSON.stringify(lockFile())})`;
  const { stderr } = spawnSync('bash', ['-c', 'ulimit -f 0; exec node -e "$0"', script], { encoding: 'utf8' });
  expect(stderr).toMatch(/Error: \S+\/up\.pid cannot be written \(EFBIG: /);
  expect(existsSync(lockFile())).toBe(false);
});
