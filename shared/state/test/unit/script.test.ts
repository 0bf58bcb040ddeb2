import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inOrder, type ScriptName, signatureOf } from '../../src/scripts/contract';
import { checkHeader, loadScripts } from '../../src/scripts/script';

const folder = join(__dirname, '../../lua');
const files = readdirSync(folder).filter((file) => file.endsWith('.lua'));
const parts = readdirSync(join(folder, 'prelude')).map((file) => file.replace('.lua', ''));

function textOf(name: string): string {
  return readFileSync(join(folder, `${name}.lua`), 'utf8');
}

/** Without its comments. */
function codeOf(name: string): string {
  return textOf(name).replaceAll(/--.*/g, '');
}

/** The parts of the prelude that a script names, and those that these name. */
function partsIn(name: string, found = new Set<string>()): Set<string> {
  const code = codeOf(name);
  for (const part of parts.filter((each) => !found.has(each) && new RegExp(`\\b${each}\\b`).test(code))) {
    if (name !== `prelude/${part}`) partsIn(`prelude/${part}`, found.add(part));
  }
  return found;
}

describe('a header that does not read what the callers pass', () => {
  test.each<[string, string, string]>([
    ['two arguments are swapped', 'local job = ARGV[1]', 'local job = ARGV[2]'],
    ['an argument has another name', 'local runs = ', 'local attempts = '],
    ['a key has another name', 'local recordsKey = ', 'local jobsKey = '],
    ['an argument is missing', 'local failures = tonumber(ARGV[4])', 'local failures = 0'],
    ['there is one more', 'local failures = ', 'local late = ARGV[5]\nlocal failures = '],
  ])('is refused: %s', (_, line, change) => {
    const lua = textOf('job_record');
    checkHeader('job_record', lua);
    const changed = lua.replace(line, change);
    const both = line.startsWith('local job ')
      ? changed.replace('cjson.decode(ARGV[2])', 'cjson.decode(ARGV[1])')
      : changed;
    expect(() => checkHeader('job_record', both)).toThrow('job_record.lua reads KEYS');
  });
});

test('a call passes its values in the order of the contract, whatever the order they are named in', () => {
  const values = { failures: 4, runs: 3, changes: 'c', job: 'j', recordsKey: 'k' };
  expect(inOrder('job_record', values, 7)).toEqual(['k', 'j', 'c', 3, 4]);
  expect(inOrder('device_mark', { marks: 'm', shard: 's' }, 6.5)).toEqual(['s', 'm', 7]);
});

describe('the scripts', () => {
  test('are all of those in the folder', () => {
    expect(files.map((file) => file.replace('.lua', '')).sort()).toEqual(
      loadScripts()
        .map(({ name }) => name)
        .sort(),
    );
  });

  test.each(files)(
    '%s says what it does, guarantees and returns, and names and types all that it is passed, once',
    (file) => {
      const lines = textOf(file.replace('.lua', '')).split('\n');
      expect(lines[0]).toMatch(/^#!lua( flags=[\w,-]+)?$/);
      expect(lines[1]).toMatch(/^-- \w/);
      for (const part of ['-- Guarantee: ', '-- Returns ']) {
        expect(lines.some((line) => line.startsWith(part))).toBe(true);
      }
      const uses = lines.filter((line) => /\b(?:KEYS|ARGV)\b/.test(line));
      for (const line of uses) expect(line).toMatch(/^local \w+ = .*(?:KEYS|ARGV)\[\d+\].* -- \S/);
      const names = uses.map((line) => /(?:KEYS|ARGV)\[\d+\]/.exec(line)![0]);
      expect(new Set(names).size).toBe(uses.length);
    },
  );

  test.each(files)('%s has in front of it what it uses of the prelude, and nothing else', (file) => {
    const name = file.replace('.lua', '') as ScriptName;
    const { uses = [] } = signatureOf(name);
    const needed = partsIn(name);
    if (uses.some((part) => part === 'deadline')) needed.add('now');
    const wanted = [...needed].filter((part) => part !== 'deadline');
    expect(uses.filter((part) => part !== 'deadline').sort()).toEqual(wanted.sort());
  });

  test.each(parts)('the part %s of the prelude says what it is, and defines that alone', (part) => {
    const text = textOf(`prelude/${part}`);
    expect(text).toMatch(/^-- \w/);
    expect(text).toMatch(new RegExp(`^local (?:function )?${part}\\b`, 'm'));
    expect(text.match(/^local (?!time )/gm)).toHaveLength(1);
    expect(text.replace(/^--.*\n/gm, '')).not.toContain('--'); // it becomes one line
  });

  test.each(['message_ack', 'message_pull', 'queue_expire', 'device_deregister', 'device_check', 'bandwidth_add'])(
    '%s runs also when Redis has no memory left',
    (name) => {
      expect(textOf(name)).toMatch(/^#!lua flags=allow-oom\n/);
    },
  );
});
