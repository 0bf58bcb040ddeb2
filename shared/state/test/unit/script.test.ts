import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadScripts } from '../../src/scripts/script';

const folder = join(__dirname, '../../lua');

describe('the scripts', () => {
  test('all name in their headers what their callers pass', () => {
    expect(loadScripts().length).toBeGreaterThan(0);
  });

  test('are all of those in the folder', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.lua$/, ''));
    expect(files.sort()).toEqual(
      loadScripts()
        .map(({ name }) => name)
        .sort(),
    );
  });

  test.each(readdirSync(folder))(
    '%s says what it does and returns, and names and types all that it is passed, once',
    (file) => {
      const lines = readFileSync(join(folder, file), 'utf8').split('\n');
      expect(lines[0]).toMatch(/^#!lua( flags=[\w,-]+)?$/);
      expect(lines[1]).toMatch(/^-- \w/);
      expect(lines.some((line) => line.startsWith('-- Returns '))).toBe(true);
      const uses = lines.filter((line) => /\b(?:KEYS|ARGV)\b/.test(line));
      for (const line of uses) expect(line).toMatch(/^local \w+ = .*(?:KEYS|ARGV)\[\d+\].* -- \S/);
      const names = uses.map((line) => /(?:KEYS|ARGV)\[\d+\]/.exec(line)![0]);
      expect(new Set(names).size).toBe(uses.length);
    },
  );

  test.each(['message_ack', 'message_pull', 'queue_expire', 'device_deregister', 'device_check', 'bandwidth_add'])(
    '%s runs also when Redis has no memory left',
    (name) => {
      expect(readFileSync(join(folder, `${name}.lua`), 'utf8')).toMatch(/^#!lua flags=allow-oom\n/);
    },
  );
});
