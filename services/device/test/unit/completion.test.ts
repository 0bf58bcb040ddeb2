import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Peers, randomBytes, toHex } from '@openrelay/client';
import { findProgram, repositoryRoot } from '@openrelay/launch';
import { Command } from 'commander';
import { completeLine } from '../../src/completion/complete-line';
import { completionScript, type Shell, shells } from '../../src/completion/completion-script';
import { joined, unquoted } from '../../src/completion/shell-words';
import { kindsOf } from '../../src/completion/word-kind';
import { FileStore } from '../../src/index';
import { programFor } from '../../src/program';
import { stillWorld } from '../still-world';

const program = programFor(stillWorld(), () => {});
const complete = (...words: string[]) => completeLine(program, words);

describe('the table of commands', () => {
  test('says of every argument and of every value of an option what may stand there', () => {
    const names = program.commands.flatMap((command) => [
      ...command.registeredArguments.map((argument) => argument.name()),
      ...command.options.flatMap(({ flags }) => /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? []),
    ]);
    expect(names.length).toBeGreaterThan(20);
    expect([...new Set(names)].filter((name) => kindsOf(name) === undefined && name !== 'WORD')).toEqual([]);
  });

  test('completes commands, options of the command and of all, and what stands behind them', () => {
    expect(complete('').words.map(({ word }) => word)).toEqual(
      expect.arrayContaining(['up', 'pair', 'send', 'install']),
    );
    expect(complete('').words.map(({ word }) => word)).not.toContain('complete');
    expect(complete('receive', '--').words.map(({ word }) => word)).toEqual(
      expect.arrayContaining(['--files', '--watch', '--json', '--relay', '--help']),
    );
    expect(complete('receive', '--files', '').kinds).toEqual([{ oneOf: ['all', 'ask', 'none'] }]);
    expect(complete('receive', '--files=a')).toMatchObject({ before: '--files=', typed: 'a' });
    expect(complete('--relay', 'up', 'forget', '').kinds).toEqual(['peer']);
    expect(complete('introduce', 'desk', '').kinds).toEqual(['peer']);
    expect(complete('introduce', 'desk', 'phone', '').kinds).toEqual([]);
    expect(complete('send', 'desk,ph').kinds).toEqual(['peers']);
    expect(complete('send', 'desk', 'notes', '').kinds).toEqual(['file']);
    expect(complete('send', '--', '--').words).toEqual([]);
    const several = new Command('several').option('--with <peer...>').option('--last <number>').argument('[on|off]');
    const also = new Command().addCommand(several);
    expect(completeLine(also, ['several', '--with', 'desk', '']).kinds).toEqual(['peer']);
    expect(completeLine(also, ['several', '--last', '3', '']).kinds).toEqual([{ oneOf: ['on', 'off'] }]);
    expect(complete('clip', '').kinds).toEqual([{ oneOf: ['on', 'off'] }]);
  });
});

test('words of a shell lose their quotes, and what bash broke at “=” is one word', () => {
  const typed = ['my\\ phone', '"my phone"', "'it''s'", '"a \\"b\\" \\c', "'open", 'plain'];
  expect(typed.map(unquoted)).toEqual(['my phone', 'my phone', 'its', 'a "b" \\c', 'open', 'plain']);
  expect(joined(['receive', '--files', '=', 'a'])).toEqual(['receive', '--files=a']);
  expect(joined(['receive', '--files', '='])).toEqual(['receive', '--files=']);
  expect(joined(['send', 'desk', '=', 'a'])).toEqual(['send', 'desk', '=', 'a']);
});

describe('in a shell', () => {
  let home: string;
  /** Names that a device may give itself: the shell must not run what it completes. */
  const hostile = ['run$(touch ran)', 'run`touch ran`', "run';touch ran;'", 'run";touch ran;"'];
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'openrelay-completion-'));
    mkdirSync(join(home, 'bin'));
    symlinkSync(join(repositoryRoot, 'services/device/bin/openrelay.js'), join(home, 'bin/openrelay'));
    mkdirSync(join(home, 'here'));
    writeFileSync(join(home, 'here/document.txt'), '');
    const store = await FileStore.open(join(home, 'device'));
    const peers = await Peers.open(store);
    for (const name of ['desk', 'My Phone', 'it’s *', ...hostile]) {
      const [signing, agreement] = [randomBytes(32), randomBytes(32)];
      const id = toHex(randomBytes(32)).toUpperCase();
      await peers.add({ id, name, signing, agreement, since: 1, kind: 'paired', mayIntroduce: true });
    }
    await store.close();
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  function run(shell: Shell, code: string): string[] {
    const file = join(home, `completion.${shell}`);
    writeFileSync(file, completionScript(shell));
    const env = {
      PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
      HOME: home,
      OPENRELAY_HOME: home,
      FILE: file,
    };
    const args = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] }[shell];
    const { stdout, stderr, status } = spawnSync(shell, [...args, code], {
      encoding: 'utf8',
      timeout: 60_000,
      cwd: join(home, 'here'),
      env: { ...env, LC_ALL: 'C.UTF-8' },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout.split('\n').filter((line) => line !== '');
  }

  type Line = readonly string[];
  const mark = 'END';
  const quoted = (words: Line) => words.map((word) => `'${word}'`).join(' ');

  /** Asks for all lines in one run. Zsh's compadd works in its line editor alone: here it says what it would add. */
  const askAll: Readonly<Record<Shell, (lines: readonly Line[]) => string>> = {
    bash: (lines) =>
      `source "$FILE"; complete -p openrelay >/dev/null || exit 1\n${lines
        .map(
          (words) =>
            `COMP_WORDS=(openrelay ${quoted(words)}) COMP_CWORD=${words.length}; _openrelay; printf '%s\\n' "\${COMPREPLY[@]}" ${mark}`,
        )
        .join('\n')}`,
    zsh: (lines) =>
      `compdef() { :; }; compadd() { print -r -- "\${@[-1]}"; }; _files() { print -r -- ":files"; }; source "$FILE"\n${lines
        .map(
          (words) => `words=(openrelay ${quoted(words)}) CURRENT=${words.length + 1}; _openrelay; print -r -- ${mark}`,
        )
        .join('\n')}`,
    fish: (lines) =>
      `source $FILE\n${lines.map((words) => `complete -C 'openrelay ${words.join(' ')}'; echo ${mark}`).join('\n')}`,
  };

  /** What the shell offers for each line. */
  function offered(shell: Shell, lines: readonly Line[]): string[][] {
    const found: string[][] = [[]];
    for (const line of run(shell, askAll[shell](lines))) {
      if (line === mark) found.push([]);
      else found.at(-1)!.push(line.split('\t')[0]!);
    }
    return found.slice(0, -1);
  }

  const there = shells.filter((shell) => shell === 'bash' || findProgram(shell) !== undefined);
  test.each(there)('%s completes commands, options, codes, names of devices and files', (shell) => {
    const phone = shell === 'bash' ? 'My\\ Phone' : 'My Phone';
    const wanted: [Line, string[]][] = [
      [['rec'], ['receive']],
      [['receive', '--fi'], ['--files']],
      [
        ['receive', '--files', 'a'],
        ['all', 'ask'],
      ],
      [['pair', '7-crossov'], ['7-crossover-']],
      [['pair', '7-crossover-clockw'], ['7-crossover-clockwork']],
      [['forget', 'my'], [phone]],
      [['send', 'desk,my'], [shell === 'bash' ? 'desk\\,My\\ Phone' : 'desk,My Phone']],
      // Bash completes files itself.
      [['send', 'desk', 'd'], { bash: [], zsh: [':files'], fish: ['document.txt'] }[shell]],
    ];
    expect(
      offered(
        shell,
        wanted.map(([line]) => line),
      ),
    ).toEqual(wanted.map(([, words]) => words));
  });

  test.each(['"run', "'run", 'run'])('bash runs nothing of a name that it completes after %s', (begun) => {
    const end = /^["']/.exec(begun)?.[0] ?? '';
    for (const command of ['forget', 'send']) {
      const line = JSON.stringify(begun).slice(1, -1).replaceAll("'", "'\\''");
      run(
        'bash',
        // What readline would put into the line, and then an Enter. Old ones, such as that of macOS, know no compopt.
        `source "$FILE"; compopt() { return 1; }; COMP_WORDS=(openrelay ${command} '${line.replaceAll('\\"', '"')}') COMP_CWORD=2
        _openrelay; for word in "\${COMPREPLY[@]}"; do eval "true ${end === '' ? '' : `\\${end}`}$word${end === '' ? '' : `\\${end}`}"; done`,
      );
      expect(readdirSync(join(home, 'here'))).toEqual(['document.txt']);
    }
  });

  test('nothing is written, and nothing is asked of a store that another process has', async () => {
    const store = await FileStore.open(join(home, 'device'));
    const before = readdirSync(home);
    expect(offered('bash', [['forget', 'd']])).toEqual([['desk']]);
    expect(readdirSync(home)).toEqual(before);
    await store.close();
  });
});
