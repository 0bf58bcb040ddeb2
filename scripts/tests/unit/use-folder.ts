import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** An empty folder for each test of a file. Answers the path of a name in it. */
export function useFolder(): (name: string) => string {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openrelay-test-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  return (name) => join(folder, name);
}
