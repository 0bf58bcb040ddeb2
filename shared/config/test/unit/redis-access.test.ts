import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeSettings, readSettings } from '../../src/index';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-'));
  writeFileSync(join(folder, 'password'), 'of/a:file@%\n');
  writeFileSync(join(folder, 'empty'), '\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (env: Record<string, string>) => readSettings(env).settings.redisUrl;

describe('the user and the password beside REDIS_URL', () => {
  test.each([
    [
      { REDIS_URL: 'redis://h:1/2', REDIS_USERNAME: 'edge', REDIS_PASSWORD: 'a@b/c:%' },
      'redis://edge:a%40b%2Fc%3A%25@h:1/2',
    ],
    [{ REDIS_PASSWORD: 'pw' }, 'redis://:pw@127.0.0.1:6379'],
    [
      { REDIS_URL: 'rediss+sentinel://h:1,i/name?sentinelPassword=%40', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p' },
      'rediss+sentinel://u:p@h:1,i/name?sentinelPassword=%40',
    ],
    [{ REDIS_URL: 'redis+cluster://h:1,i:2', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p' }, 'redis+cluster://u:p@h:1,i:2'],
  ])('are put into it: %j', (env, url) => {
    expect(read(env)).toBe(url);
  });

  test('may stand in a file, whose last line may end', () => {
    const env = { REDIS_URL: 'redis://h', REDIS_USERNAME: 'edge', REDIS_PASSWORD_FILE: join(folder, 'password') };
    expect(read(env)).toBe('redis://edge:of%2Fa%3Afile%40%25@h');
  });

  test('do not count where it has its own, which is said', () => {
    const { settings, warnings } = readSettings({
      REDIS_URL: 'redis://:own@h',
      REDIS_USERNAME: 'edge',
      REDIS_PASSWORD: 'pw',
    });
    expect(settings.redisUrl).toBe('redis://:own@h');
    expect(warnings).toEqual([
      'REDIS_URL has a user or a password of its own, and REDIS_USERNAME and REDIS_PASSWORD no effect.',
    ]);
  });

  test.each([
    [
      { REDIS_PASSWORD: 'pw', REDIS_PASSWORD_FILE: '/x' },
      'REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: one of them must go.',
    ],
    [{ REDIS_USERNAME: 'edge' }, 'REDIS_USERNAME is set without REDIS_PASSWORD or REDIS_PASSWORD_FILE.'],
    [{ REDIS_PASSWORD_FILE: '/no/such' }, 'REDIS_PASSWORD_FILE names /no/such, which cannot be read (ENOENT).'],
    [
      { REDIS_PASSWORD: 'two words' },
      'REDIS_PASSWORD is not shown here, but must be 1 to 512 characters without spaces.',
    ],
    [
      { REDIS_USERNAME: 'a b', REDIS_PASSWORD: 'x' },
      'REDIS_USERNAME is "a b", but must be a name of letters, digits and -._.',
    ],
  ])('are checked: %j', (env, sentence) => {
    expect(() => read(env as Record<string, string>)).toThrow(sentence);
  });

  test('must be there in the file', () => {
    expect(() => read({ REDIS_PASSWORD_FILE: join(folder, 'empty') })).toThrow(
      /empty, which must hold 1 to 512 characters/,
    );
  });

  test('are never printed', () => {
    expect(
      describeSettings(readSettings({ REDIS_USERNAME: 'edge', REDIS_PASSWORD: 'hunter2' }).settings),
    ).not.toContain('hunter2');
  });
});
