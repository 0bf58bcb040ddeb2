import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CalledWrongly } from '../../src/session/exit-code';
import { findRedisUrl } from '../../src/session/redis-url';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'relayctl-'));
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify({ redisUrl: 'redis://up' }));
  writeFileSync(join(folder, 'half.json'), '{"redisUrl": 5');
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['redis://named', 'redis://env', 'cluster.json', 'redis://named'],
  [undefined, 'redis://env', 'cluster.json', 'redis://env'],
  [undefined, '', 'cluster.json', 'redis://up'],
])('with --redis %s and REDIS_URL %s the Redis is found', (named, REDIS_URL, file, wanted) => {
  expect(findRedisUrl({ env: { REDIS_URL }, clusterFile: join(folder, file) }, named)).toBe(wanted);
});

test.each(['half.json', 'missing.json'])('with %s nothing is guessed', (file) => {
  expect(() => findRedisUrl({ env: {}, clusterFile: join(folder, file) }, undefined)).toThrow(
    /say with --redis or REDIS_URL/,
  );
});

test.each([
  ['http://x', undefined, /^--redis is "http:\/\/x", but must be a URL such as redis:/],
  ['', 'redis://env', /^--redis is "", but must be /],
  ['redis://h:9x:hunter2', undefined, /^--redis is "redis:\/\/h:\*\*\*", but must be /],
  [undefined, 'foo', /^REDIS_URL is "foo", but must be /],
])('with --redis %s and REDIS_URL %s it is said what is allowed', (named, REDIS_URL, says) => {
  const find = () => findRedisUrl({ env: { REDIS_URL }, clusterFile: join(folder, 'cluster.json') }, named);
  expect(find).toThrow(CalledWrongly);
  expect(find).toThrow(says);
});

test('the user and the password may stand beside the URL', () => {
  const find = (env: Record<string, string>, named?: string) =>
    findRedisUrl({ env: { REDIS_USERNAME: 'relayctl', ...env }, clusterFile: join(folder, 'cluster.json') }, named);
  writeFileSync(join(folder, 'password'), 'p@ss\n');
  const REDIS_PASSWORD_FILE = join(folder, 'password');
  expect(find({ REDIS_PASSWORD: 'pw', REDIS_URL: 'redis://h' })).toBe('redis://relayctl:pw@h');
  expect(find({ REDIS_PASSWORD_FILE }, 'redis+cluster://h:1,h:2')).toBe('redis+cluster://relayctl:p%40ss@h:1,h:2');
  expect(() => find({ REDIS_URL: 'redis://h' })).toThrow(CalledWrongly);
});
