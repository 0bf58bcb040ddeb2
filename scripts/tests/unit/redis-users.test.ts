import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { makeRedisUsers } from '../../src/up/redis-users';
import { useFolder } from './use-folder';

const inFolder = useFolder();

test('a password stays, and one that a full disk left empty is made anew', () => {
  const { password, passwordFile } = makeRedisUsers(inFolder('users'));
  const before = password('ops');
  writeFileSync(passwordFile('edge'), '\n');
  const { aclFile } = makeRedisUsers(inFolder('users'));
  expect([password('ops'), password('edge').length]).toEqual([before, 48]);
  expect(readFileSync(aclFile, 'utf8')).not.toMatch(password('edge'));
});
