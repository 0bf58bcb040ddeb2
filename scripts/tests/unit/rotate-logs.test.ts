import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { rotateLogs } from '../../src/up/rotate-logs';
import { useFolder } from './use-folder';

const inFolder = useFolder();
const logs = () => inFolder('.');

function write(...names: string[]): void {
  for (const name of names) writeFileSync(inFolder(name), name);
}

test('the logs of one run are kept through the next, also those of edges that it has not', () => {
  write('edge-1.log', 'edge-3.log', 'redis.log', 'ops.log', 'janitor.log', 'build.log');
  rotateLogs(logs());
  expect(readdirSync(logs()).sort()).toEqual([
    'build.log',
    'edge-1.log.1',
    'edge-3.log.1',
    'janitor.log.1',
    'ops.log.1',
    'redis.log.1',
  ]);
  expect(readFileSync(inFolder('edge-1.log.1'), 'utf8')).toBe('edge-1.log');
});

test('the run after that finds none of an edge that is not there any more', () => {
  write('edge-1.log', 'edge-1.log.1', 'edge-3.log.1', 'redis.log');
  rotateLogs(logs());
  expect(readdirSync(logs()).sort()).toEqual(['edge-1.log.1', 'redis.log.1']);
});
