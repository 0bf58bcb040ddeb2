import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type EventName, eventsTable } from '../../src/index';

const root = join(__dirname, '../../../..');
const logCall = /\.(?:info|warn|error|fatal)\(\s*'([^']+)'/g;

/** Of all services and shared packages. */
function sources(): string[] {
  const paths = ['services', 'shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: 'utf8', recursive: true }).map((path) => join(folder, path)),
  );
  return paths
    .filter((path) => /^\w+\/[\w-]+\/src\/.*\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

const logged = new Set(sources().flatMap((text) => [...text.matchAll(logCall)].map(([, name]) => name)));

test.each(Object.keys(eventsTable) as EventName[])('%s is logged by some service', (name) => {
  expect(logged).toContain(name);
});
