import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';

/** Where scripts/test unpacks servers, and where Debian installs them, which is not on everybody's PATH. */
const further = [join(repositoryRoot, '.data/debian/bin'), '/usr/sbin'];

/** The file of a program that scripts/test brings. @throws Error that says how to have it */
export function programNamed(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const file = [...folders, ...further].map((folder) => join(folder, name)).find(isExecutable);
  if (file === undefined)
    throw new Error(`There is no ${name} on this machine: ./scripts/test brings it, or install it.`);
  return file;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
