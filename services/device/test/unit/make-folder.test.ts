import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeFolder } from '../../src/stores/make-folder';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'openrelay-folder-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a folder is made with those above it, also by two at once, and again', async () => {
  const path = join(root, 'a/b/c');
  await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700)]);
  await makeFolder(path, 0o700);
  await makeFolder('/', 0o700);
  expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
  expect(statSync(path).isDirectory()).toBe(true);
});

test('where a file is in the way it says so', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  await expect(makeFolder(file, 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
});

// Node's recursive mkdir tries for ever there.
test('where the system makes no folders it ends', async () => {
  await expect(makeFolder('/proc/openrelay/files', 0o700)).rejects.toThrow('no folder can be made');
});
