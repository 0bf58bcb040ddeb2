import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inOrder } from '../../src/scripts/contract';
import { checkHeader, codeOfPart, loadScripts } from '../../src/scripts/script';

const folder = join(__dirname, '../../lua');
const files = readdirSync(folder).filter((file) => file.endsWith('.lua'));
const parts = readdirSync(join(folder, 'prelude')).map((file) => file.replace('.lua', ''));

function textOf(name: string): string {
  return readFileSync(join(folder, `${name}.lua`), 'utf8');
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
  expect(inOrder('device_mark', { marks: 'm', lane: 's' }, 6.5)).toEqual(['s', 'm', 7]);
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
      for (const line of uses) expect(line).toMatch(/^local \w+ = .*(?:(?:KEYS|ARGV)\[\d+\]|ARGV).* -- \S/);
      const names = uses.map((line) => /(?:KEYS|ARGV)(?:\[\d+\])?/.exec(line)![0]);
      expect(new Set(names).size).toBe(uses.length);
    },
  );

  test.each(loadScripts())(
    '$name has in front of it what it uses of the prelude, each part after those that it uses',
    ({ lua }) => {
      const [, prelude = '', ...own] = lua.split('\n');
      const code = `${prelude}\n${own.join('\n').replaceAll(/--.*/g, '')}`;
      for (const part of parts.filter((each) => new RegExp(`\\b${each}\\b`).test(code))) {
        const defined = code.search(new RegExp(`\\blocal (?:function )?${part}\\b`));
        expect({ part, defined: defined >= 0 && defined <= code.search(new RegExp(`\\b${part}\\b`)) }).toEqual({
          part,
          defined: true,
        });
      }
    },
  );

  test.each(parts)('the part %s of the prelude says what it is, and defines that alone', (part) => {
    const text = textOf(`prelude/${part}`);
    expect(text).toMatch(/^-- \w/);
    expect(text).toMatch(new RegExp(`^local (?:function )?${part}\\b`, 'm'));
    expect(text.match(/^local (?!time )/gm)).toHaveLength(1);
  });

  test.each(['  -- of the body\n', ' return 1 -- behind code\n', '-- without an end'])(
    'a comment of the prelude that would hide the rest of its line is refused: %j',
    (comment) => {
      const text = `-- Says what it is.\nlocal function one()\n${comment}`;
      expect(() => codeOfPart('one', text)).toThrow('prelude/one.lua');
    },
  );

  test('a comment of the prelude on a line of its own is left out', () => {
    expect(codeOfPart('one', '-- Says what\n-- it is.\nlocal one = 1\n')).toBe('local one = 1\n');
  });

  test.each(['message_ack', 'message_pull', 'queue_expire', 'device_deregister', 'device_check', 'bandwidth_add'])(
    '%s runs also when Redis has no memory left',
    (name) => {
      expect(textOf(name)).toMatch(/^#!lua flags=allow-oom\n/);
    },
  );
});
