import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bullmqCommands } from '@openrelay/state';

const folder = join(dirname(require.resolve('bullmq')), 'scripts');
/** They belong to a part of BullMQ that the janitor does not use. */
const unused = /^relay[A-Z]/;

test('the janitor may do what the scripts of the installed BullMQ call', () => {
  const called = readdirSync(folder)
    .filter((name) => name.endsWith('.js') && !unused.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\b(?:rcall|redis\.p?call)\(\s*["']([A-Za-z]+)["']/g)])
    .map(([, command]) => command!.toLowerCase());
  expect(called.length).toBeGreaterThan(100);
  const byTheJanitorItself = ['time'];
  const missing = new Set(called.filter((name) => ![...bullmqCommands, ...byTheJanitorItself].includes(name)));
  expect([...missing]).toEqual([]);
});
