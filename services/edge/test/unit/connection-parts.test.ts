import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const source = join(__dirname, '../../src');

/** The room or the file that may change each part of a connection; to all others it is read-only. */
const owners = {
  holdingOf: 'holders/',
  progressOf: 'delivery/',
  outputOf: 'connection/',
  floodGuardOf: 'connection/',
  liveOnlyOf: 'delivery/live-handover.ts',
  challengeOf: 'inbound/challenges.ts',
  usedUpOf: 'inbound/admission.ts',
  turnsOf: 'inbound/turns.ts',
};

test.each(Object.entries(owners))('%s is called in %s alone', (accessor, owner) => {
  const files = readdirSync(source, { encoding: 'utf8', recursive: true }).filter((file) => file.endsWith('.ts'));
  const users = files.filter((file) => readFileSync(join(source, file), 'utf8').includes(`${accessor}(`));
  expect(users).not.toEqual([]);
  expect(users.filter((file) => !file.startsWith(owner))).toEqual([]);
});
