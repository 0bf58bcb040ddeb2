import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const source = join(__dirname, '../../src');

/** The room that may change each part of a connection; to all others it is read-only. */
const owners = { holdingOf: 'holders', progressOf: 'delivery', outputOf: 'connection' };

test.each(Object.entries(owners))('%s is called in %s/ alone', (accessor, room) => {
  const files = readdirSync(source, { encoding: 'utf8', recursive: true }).filter((file) => file.endsWith('.ts'));
  const users = files.filter((file) => readFileSync(join(source, file), 'utf8').includes(`${accessor}(`));
  expect(users).not.toEqual([]);
  expect(users.filter((file) => !file.startsWith(`${room}/`))).toEqual([]);
});
