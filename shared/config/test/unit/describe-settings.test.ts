import { expect, test } from '@jest/globals';
import { defaultSettings, describeSettings, readSettings, settingsTable } from '../../src/index';

const names = Object.values(settingsTable).map((row) => row.name);

test('what is printed can be read back', () => {
  const env = Object.fromEntries(
    describeSettings(defaultSettings())
      .trimEnd()
      .split('\n')
      .map((line) => /^(\w+)=(\S*) +# .+\.$/.exec(line)!.slice(1, 3) as [string, string]),
  );
  expect(Object.keys(env)).toEqual(names);
  expect(readSettings(env)).toEqual(readSettings({}));
});

test('a password in the URL of Redis is left out', () => {
  const { settings } = readSettings({ REDIS_URL: 'redis://user:hunter2@host:6379' });
  expect(describeSettings(settings)).toMatch('REDIS_URL=redis://***@host:6379 ');
  expect(describeSettings(settings)).not.toMatch('hunter2');
});

test('a token is printed as stars', () => {
  const { settings } = readSettings({ OPS_TOKEN: 'correct-horse-battery-staple' });
  expect(settings.opsToken).toBe('correct-horse-battery-staple');
  expect(describeSettings(settings)).toMatch('OPS_TOKEN=*** ');
  expect(describeSettings(settings)).not.toMatch('horse');
});
