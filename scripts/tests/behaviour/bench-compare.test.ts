import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, UsageError } from '@openrelay/launch';
import { buildTree } from '../../src/bench/trees/other-tree';
import { useFolder } from '../unit/use-folder';

const inFolder = useFolder();
const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false'];

/** A repository whose one commit is built by this command. */
function repository(build: string): string {
  const root = inFolder('repository');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  for (const name of ['shared', 'services']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'some.txt'), '');
  }
  writeFileSync(join(root, '.gitignore'), 'node_modules\n');
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'some', version: '1.0.0', scripts: { build } }));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...author, 'commit', '-q', '-m', 'one'],
  ]) {
    execFileSync('git', ['-C', root, ...args], { stdio: 'pipe' });
  }
  return root;
}

function build(root: string, ref: string, stopping = new AbortController().signal) {
  const parent = inFolder('made');
  mkdirSync(parent);
  return buildTree(ref, { root, parent, stopping, progress: () => undefined });
}

test('a ref that does not exist, and a tree without history, are told in a sentence', async () => {
  const stray = inFolder('stray');
  mkdirSync(stray);
  const wrong = [
    { root: repository('true'), reason: 'There is no commit "v9" here.' },
    { root: stray, reason: 'This tree is no git repository, so there is no other commit of it.' },
  ];
  for (const { root, reason } of wrong) {
    const refused = buildTree('v9', {
      root,
      parent: inFolder('.'),
      stopping: new AbortController().signal,
      progress: () => undefined,
    });
    await expect(refused).rejects.toThrow(new UsageError(reason));
  }
});

test('a clone that lacks the commit because it is shallow says so', async () => {
  const [root, shallow] = [repository('true'), inFolder('shallow')];
  execFileSync('git', ['-C', root, ...author, 'commit', '-q', '--allow-empty', '-m', 'two']);
  execFileSync('git', ['clone', '-q', '--depth', '1', `file://${root}`, shallow]);
  await expect(build(shallow, 'HEAD~1')).rejects.toThrow('There is no commit "HEAD~1" here: this clone is shallow');
});

test('a commit that does not build is named with its last words, and leaves nothing behind', async () => {
  const root = repository('echo that was all; exit 3');
  await expect(build(root, 'HEAD')).rejects.toThrow(/^HEAD cannot be built:\n.*that was all/s);
  expect(readdirSync(inFolder('made'))).toEqual([]);
});

test('one without relays to start is told, too', async () => {
  await expect(build(repository('true'), 'HEAD')).rejects.toThrow('HEAD cannot be compared: it has no shared/launch');
});

test('Ctrl-C in the midst of a build ends it, and leaves nothing behind', async () => {
  const stopping = new AbortController();
  const built = build(repository('touch begun; sleep 60'), 'HEAD', stopping.signal);
  const ended = expect(built).rejects.toThrow('stopped');
  await eventually(() => expect(readdirSync(inFolder('made'), { recursive: true }).join()).toContain('begun'));
  stopping.abort(new Error('stopped'));
  await ended;
  expect(readdirSync(inFolder('made'))).toEqual([]);
});
