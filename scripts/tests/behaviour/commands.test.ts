import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, repositoryRoot, runScript, startChild } from '@openrelay/launch';
import { useFolder } from '../unit/use-folder';

const inFolder = useFolder();
const programOf = (name: string) =>
  join(repositoryRoot, 'scripts', name === 'pack-device' ? `${name}.mjs` : `dist/${name}.js`);

test.each(['bench', 'bench-compare', 'demo', 'documents', 'pack-device'])(
  '%s explains itself, and refuses what it does not know with 2',
  async (name) => {
    expect(await runScript(programOf(name), ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^usage: /i),
    });
    expect(await runScript(programOf(name), ['--turbo'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(`^${name.replace('-', ':')}: .*--turbo[^.]*; --help tells how to use it.\n$`),
    });
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

/** All processes that a process started, and what these started. */
function descendants(pid: number): number[] {
  const listed = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).stdout.trim().split('\n');
  const parents = listed.map((line) => line.trim().split(/\s+/).map(Number));
  const children = (of: number): number[] => parents.flatMap(([child, parent]) => (parent === of ? [child!] : []));
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

test.each([
  ['--scenario limit', 'limit: ', 'SIGTERM', 143],
  [
    '--scenario wide --nodes 4 --seconds 1 --registered 400000',
    'one Redis: 100000 devices are registered',
    'SIGINT',
    130,
  ],
  ['--scenario flat --edges 1 --rounds 1', 'flat: 100 connections', 'SIGINT', 130],
] as const)(
  'a bench that is stopped ends all that it started, and with the code of the signal: %s',
  async (options, when, signal, code) => {
    const { PATH } = process.env;
    const args = [programOf('bench'), ...options.split(' ')];
    const bench = await startChild({ command: process.execPath, args, env: { PATH } });
    const started = await eventually(
      () => {
        expect(bench.output()).toMatch(when);
        const pids = descendants(bench.pid);
        expect(pids.length).toBeGreaterThan(1);
        return pids;
      },
      { timeoutMs: 60_000 },
    );
    bench.kill(signal);
    expect(await bench.exited).toEqual({ code, signal: null });
    await eventually(() => expect(started.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]));
    expect(readdirSync(tmpdir()).filter((name) => name.includes(`-${bench.pid}-`))).toEqual([]);
  },
  120_000,
);
