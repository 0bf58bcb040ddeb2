import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, repositoryRoot, runScript, startChild } from '@openrelay/launch';
import { useFolder } from '../unit/use-folder';

const inFolder = useFolder();
const built = (name: string) => join(repositoryRoot, 'scripts/dist', `${name}.js`);

test.each(['bench', 'bench-compare', 'demo', 'documents'])(
  '%s explains itself, and refuses what it does not know with 2',
  async (name) => {
    expect(await runScript(built(name), ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^usage: /i),
    });
    const refused = await runScript(built(name), ['--turbo']);
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(`^${name.replace('-', ':')}: .*--turbo`),
    });
    expect(refused.stderr).toMatch(`\n${name.replace('-', ':')}: --help tells how to use it.\n`);
  },
);

test('unpack-debian-packages throws away nothing that it did not make', () => {
  const unpack = (...args: string[]) =>
    spawnSync(join(repositoryRoot, 'scripts/unpack-debian-packages'), args, { encoding: 'utf8', cwd: inFolder('.') });
  mkdirSync(inFolder('mine'));
  writeFileSync(inFolder('mine/letter'), 'dear');
  expect(unpack('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching('^Usage: ') });
  for (const args of [[], ['mine'], ['--turbo', 'x'], ['mine', 'x'], ['.', 'x']])
    expect(unpack(...args).status).toBe(2);
  expect(readFileSync(inFolder('mine/letter'), 'utf8')).toBe('dear');
});

test('a stopped bench stops what it started, and ends with the code of the signal', async () => {
  const { PATH } = process.env;
  const args = [built('bench'), '--scenario', 'limit'];
  const bench = await startChild({ command: process.execPath, args, env: { PATH } });
  await eventually(() => expect(bench.output()).toMatch('[bench] limit'));
  bench.kill('SIGTERM');
  expect(await bench.exited).toEqual({ code: 143, signal: null });
});
