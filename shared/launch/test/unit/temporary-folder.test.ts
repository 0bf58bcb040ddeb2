import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../src/processes/temporary-folder';

test('folders of processes that are gone are removed, and no others', () => {
  const parent = mkdtempSync(join(tmpdir(), 'openrelay-test-'));
  const { pid: gone } = spawnSync('true');
  const folderOf = (pid: number | string, host = hostname()) => join(parent, `openrelay-redis-${host}-${pid}-abcdef`);
  for (const folder of [folderOf(gone), folderOf(1), folderOf(gone, 'other'), folderOf('x')]) mkdirSync(folder);
  writeFileSync(join(folderOf(gone), 'dump.rdb'), '');
  const mine = temporaryFolder(parent);
  expect(temporaryFolder(parent)).not.toBe(mine);
  for (const folder of [mine, folderOf(1), folderOf(gone, 'other'), folderOf('x')])
    expect(existsSync(folder)).toBe(true);
  expect(existsSync(folderOf(gone))).toBe(false);
  rmSync(parent, { recursive: true });
});
