import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';
import { sha256Of } from '@openrelay/uws';

/** The folder of each package that has native builds. */
const folders = { 'uWebSockets.js': '', 'uWebSockets.js-compat': 'binaries' } as const;

/** SHA-256 of every native build of the installed packages. */
export function nativeBuilds(): string {
  const entries = Object.entries(folders).flatMap(([name, inner]) => {
    const folder = join(repositoryRoot, 'node_modules', name, inner);
    const files = readdirSync(folder).filter((file) => file.endsWith('.node'));
    return files.sort().map((file) => [`${name}/${file}`, sha256Of(join(folder, file))]);
  });
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}
