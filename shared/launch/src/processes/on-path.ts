import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The file of a program: the first in the folders of PATH, then in the further ones. */
export function findProgram(name: string, further: readonly string[] = []): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...further].map((folder) => join(folder, name)).find(isExecutable);
}

export function isOnPath(program: string): boolean {
  return findProgram(program) !== undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
