import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import { defaultSettings, describeSettings, readSettings, settingsTable } from '../../src/index';

const names = Object.values(settingsTable).map((row) => row.name);

test('what is printed is an env file: a line for the meaning and one for the value', () => {
  const lines = describeSettings(defaultSettings()).trimEnd().split('\n');
  for (const [index, name] of names.entries()) {
    expect(lines[2 * index]).toMatch(/^# .+\.$/);
    expect(lines[2 * index + 1]).toMatch(new RegExp(`^${name}=[^ #]*$`));
  }
  expect(lines).toHaveLength(2 * names.length);
});

test('what is printed can be read back', () => {
  const env = parseEnv(describeSettings(defaultSettings()));
  expect(Object.keys(env).sort()).toEqual([...names].sort());
  expect(readSettings(env)).toEqual(readSettings({}));
});

test('a password in the URL of Redis is left out', () => {
  const { settings } = readSettings({ REDIS_URL: 'redis://user:hunter2@host:6379' });
  expect(describeSettings(settings)).toMatch('\nREDIS_URL=redis://***@host:6379\n');
  expect(describeSettings(settings)).not.toMatch('hunter2');
});

test('a token is printed as stars', () => {
  const { settings } = readSettings({ OPS_TOKEN: 'correct-horse-battery-staple' });
  expect(settings.opsToken).toBe('correct-horse-battery-staple');
  expect(describeSettings(settings)).toMatch('\nOPS_TOKEN=***\n');
  expect(describeSettings(settings)).not.toMatch('horse');
});
