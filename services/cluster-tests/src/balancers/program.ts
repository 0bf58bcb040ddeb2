import { join } from 'node:path';
import { findProgram, repositoryRoot } from '@openrelay/launch';

/** Where scripts/test unpacks servers, and where Debian installs them, which is not on everybody's PATH. */
const further = [join(repositoryRoot, '.data/debian/bin'), '/usr/sbin'];

/** The file of a program that scripts/test brings. @throws Error that says how to have it */
export function programNamed(name: string): string {
  const file = findProgram(name, further);
  if (file === undefined)
    throw new Error(`There is no ${name} on this machine: ./scripts/test brings it, or install it.`);
  return file;
}
