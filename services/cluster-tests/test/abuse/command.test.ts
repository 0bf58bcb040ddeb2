import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot, runScript, startChild } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { attacks } from '../../src/abuse/attacks';

const entry = join(repositoryRoot, 'services/cluster-tests/dist/abuse.js');

test('--help names every attack', async () => {
  const { code, stdout } = await runScript(entry, ['--help']);
  expect(code).toBe(0);
  for (const { name, summary } of attacks) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
});

test.each([
  [['--attack', 'kindness'], '--attack names "kindness"'],
  [['--seconds', '0'], '--seconds is "0"'],
  [['--loud'], '--loud'],
])('%j is refused with a sentence', async (args, sentence) => {
  const { code, stderr } = await runScript(entry, args);
  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
});

/** The processes that this one started, and theirs. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    return stat === undefined ? [] : [stat];
  });
  const childrenOf = (parent: number): number[] =>
    parents.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...childrenOf(one.pid)]);
  return childrenOf(pid);
}

function readStat(pid: string): { pid: number; parent: number } | undefined {
  try {
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const [state = 'Z', parent = '0'] = rest.split(' ');
    return state === 'Z' ? undefined : { pid: Number(pid), parent: Number(parent) };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

test('Ctrl-C ends everything that it started', async () => {
  const command = await startChild({
    command: process.execPath,
    args: [entry, '--attack', 'slow-loris', '--seconds', '60'],
    env: { PATH: process.env.PATH },
  });
  try {
    const mostProcesses = ['redis', 'edge', 'edge', 'janitor', 'ops', 'attacker'].length;
    await eventually(() => expect(descendants(command.pid)).toHaveLength(mostProcesses), { timeoutMs: 60_000 });
    const started = descendants(command.pid);
    command.kill('SIGINT');
    expect(await command.exited).toEqual({ code: 130, signal: null });
    await eventually(() => {
      expect(started.filter((pid) => readStat(String(pid)) !== undefined)).toEqual([]);
    });
  } finally {
    await command.stop('SIGKILL', 0);
  }
});
