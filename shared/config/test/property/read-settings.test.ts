import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSettings, SettingsError, settingsTable } from '../../src/index';

const bounded = { interruptAfterTimeLimit: 5000, markInterruptAsFailure: false };
const names = Object.values(settingsTable).map((row) => row.name);
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.integer().map(String), fc.webUrl());

function read(env: Record<string, string>) {
  try {
    return readSettings(env).settings;
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

test('whatever the environment holds, it is read or refused with a line for each problem', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), anyText), (env) => {
      const outcome = read(env);
      if (!(outcome instanceof SettingsError)) return;
      expect(outcome.message.split('\n')).toHaveLength(outcome.problems.length);
      for (const line of outcome.problems) expect(names).toContain(line.split(' ')[0]);
    }),
    bounded,
  );
});

test('a whole number within the bounds is read as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1024 }), (shards) => {
      expect(readSettings({ RELAY_SHARDS: String(shards) }).settings.shards).toBe(shards);
    }),
    bounded,
  );
});

test('an unknown name is never an error and always warned about', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (suffix) => {
      const name = `RELAY_${suffix}`;
      fc.pre(!names.includes(name));
      expect(readSettings({ [name]: '1' }).warnings).toHaveLength(1);
    }),
    bounded,
  );
});
