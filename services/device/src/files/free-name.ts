import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const mostTries = 10_000;

/** Makes a folder of this name, or of one with a number, where none of the name is. Answers its path. */
export async function freeFolder(parent: string, name: string): Promise<string> {
  for (const path of candidates(parent, name)) {
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new Error(`${parent} has too many folders of the name ${name}.`);
}

/** Gives a file its name, or one with a number; what has that name stays. Answers the path. May be called again after a crash. */
export async function moveToFreeName(part: string, folder: string, name: string): Promise<string> {
  for (const path of candidates(folder, name)) {
    if ((await claimName(part, path)) === 'taken') continue;
    await rm(part, { force: true });
    return path;
  }
  throw new Error(`${folder} has too many files of the name ${name}.`);
}

/** By a second name, since renaming would overwrite; where the disk knows no such thing, by a look before. */
async function claimName(part: string, path: string): Promise<'claimed' | 'taken'> {
  try {
    await link(part, path);
    return 'claimed';
  } catch (error) {
    if (isTaken(error)) return (await areSame(part, path)) ? 'claimed' : 'taken';
    if (await exists(path)) return 'taken';
    await rename(part, path);
    return 'claimed';
  }
}

/** An earlier process died between the two names. */
async function areSame(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(one), stat(other)]);
  return first.ino !== 0 && first.ino === second.ino && first.dev === second.dev;
}

function* candidates(folder: string, name: string): Generator<string> {
  yield join(folder, name);
  const ending = extname(name);
  const begin = name.slice(0, name.length - ending.length);
  for (let number = 2; number <= mostTries; number += 1) yield join(folder, `${begin} (${number})${ending}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}
