import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { turnLogs } from '../../src/up/log-files';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-logs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(...names: string[]): void {
  for (const name of names) writeFileSync(join(folder, name), name);
}

test('the logs of one run are kept through the next, also those of edges that it has not', () => {
  write('edge-1.log', 'edge-3.log', 'redis.log', 'ops.log', 'janitor.log', 'build.log');
  turnLogs(folder);
  expect(readdirSync(folder).sort()).toEqual([
    'build.log',
    'edge-1.log.1',
    'edge-3.log.1',
    'janitor.log.1',
    'ops.log.1',
    'redis.log.1',
  ]);
  expect(readFileSync(join(folder, 'edge-1.log.1'), 'utf8')).toBe('edge-1.log');
});

test('the run after that finds none of an edge that is not there any more', () => {
  write('edge-1.log', 'edge-1.log.1', 'edge-3.log.1', 'redis.log');
  turnLogs(folder);
  expect(readdirSync(folder).sort()).toEqual(['edge-1.log.1', 'redis.log.1']);
});
