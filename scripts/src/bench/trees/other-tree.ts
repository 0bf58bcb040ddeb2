/** Another commit of this repository, unpacked into a temporary folder and built there. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, runToEnd, UsageError } from '@openrelay/launch';
import type { Launch } from '../load/plan';

const buildMs = 600_000;
const lastWords = 1_500;
/** Links into the tree itself: packages of the same repository must not come from another one. */
const workspaceScope = '@openrelay';

type Run = Awaited<ReturnType<typeof runToEnd>>;
export type OtherTree = { commit: string; launch: Launch; remove(): void };

/** `root` is of this tree, `parent` where the folder is made. */
type BuildOptions = { root: string; parent: string; stopping: AbortSignal; progress: (line: string) => void };

/** @throws UsageError in one sentence: no git, no repository, no such commit; Error: it cannot be built */
export async function buildTree(ref: string, options: BuildOptions): Promise<OtherTree> {
  const { root, parent, stopping, progress } = options;
  const commit = await commitOf(root, ref);
  const folder = mkdtempSync(join(parent, 'openrelay-compare-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const run = async (what: string, ...words: string[]) => {
    const ended = await runToEnd(words, { cwd: folder, env: process.env, timeoutMs: buildMs, signal: stopping });
    stopping.throwIfAborted();
    if (ended.code !== 0) throw new Error(`${ref} cannot be ${what}:\n${endOf(ended)}`);
  };
  try {
    const archive = join(folder, 'tree.tar');
    await run('unpacked', 'git', '-C', root, 'archive', '--format=tar', `--output=${archive}`, commit);
    await run('unpacked', 'tar', '-xf', archive);
    if (hasSamePackages(root, folder)) {
      linkPackages(root, folder);
    } else {
      progress(`${ref} has other packages than this tree: npm ci`);
      await run('installed', 'npm', 'ci', '--no-audit', '--no-fund');
    }
    progress(`${ref} is ${commit.slice(0, 12)}: building it`);
    await run('built', 'npm', 'run', '--silent', 'build');
    return { commit, launch: launchOf(folder, ref), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Whether this tree has changes that no commit has. */
export async function isChanged(root: string): Promise<boolean> {
  return (await git(root, 'status', '--porcelain')).stdout.trim() !== '';
}

async function commitOf(root: string, ref: string): Promise<string> {
  if (findProgram('git') === undefined)
    throw new UsageError('git is not on the PATH, and the other commit comes from it.');
  const inside = await git(root, 'rev-parse', '--is-inside-work-tree');
  if (inside.code !== 0) throw new UsageError('This tree is no git repository, so there is no other commit of it.');
  const found = await git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  if (found.code === 0) return found.stdout.trim();
  const shallow = (await git(root, 'rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
  const more = shallow ? ': this clone is shallow, and `git fetch --unshallow` gets the rest' : '';
  throw new UsageError(`There is no commit "${ref}" here${more}.`);
}

function git(root: string, ...args: string[]): Promise<Run> {
  return runToEnd(['git', '-C', root, ...args], { env: process.env });
}

function endOf({ stdout, stderr }: Run): string {
  return `${stdout}${stderr}`.trim().slice(-lastWords);
}

function hasSamePackages(root: string, folder: string): boolean {
  const [ours, theirs] = [root, folder].map((tree) => join(tree, 'package-lock.json'));
  return existsSync(theirs!) && readFileSync(ours!, 'utf8') === readFileSync(theirs!, 'utf8');
}

/** The installed packages of this tree, and the links to packages of the repository as they are: relative. */
function linkPackages(root: string, folder: string): void {
  const packages = join(root, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(packages)) {
    const [from, to] = [join(packages, name), join(folder, 'node_modules', name)];
    if (name === workspaceScope) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
  for (const parent of ['shared', 'services']) {
    for (const name of readdirSync(join(folder, parent))) {
      const own = join(root, parent, name, 'node_modules');
      if (existsSync(own)) symlinkSync(own, join(folder, parent, name, 'node_modules'));
    }
  }
}

/** What starts its edges, and its Redis by its settings. */
function launchOf(folder: string, ref: string): Launch {
  const entry = join(folder, 'shared/launch/dist/index.js');
  if (!existsSync(entry))
    throw new Error(`${ref} cannot be compared: it has no shared/launch to start its relays with.`);
  return require(entry) as Launch;
}
