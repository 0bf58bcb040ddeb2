import type * as Uws from 'uWebSockets.js';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { assertKnownBuild } from './native-builds';

export type { Uws };

const load = createRequire(__filename);

const binary = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

/**
 * The newest first. What is required is the first one's own entry, and of the second the native file: its entry falls back to
 * JavaScript without a word.
 */
const builds = [
  { name: 'uWebSockets.js', entry: 'uWebSockets.js', binary },
  { name: 'uWebSockets.js-compat', entry: `uWebSockets.js-compat/binaries/${binary}`, binary: `binaries/${binary}` },
] as const;

/**
 * The newest native build of uWebSockets.js that loads here.
 * @throws Error in one sentence when none does, or when one is not the file that OpenRelay was made with
 */
export function loadUws(): { uws: typeof Uws; name: string } {
  for (const build of builds) {
    const folder = folderOf(build.name);
    const file = folder === undefined ? '' : join(folder, build.binary);
    if (folder === undefined || !existsSync(file)) continue;
    assertKnownBuild(build.name, file);
    try {
      const uws = load(build.entry);
      return { uws, name: `uWebSockets.js ${load(join(folder, 'package.json')).version}` };
    } catch {
      // The next build may load: each is made for other versions of Node.js and of the C library.
    }
  }
  throw new Error(
    `No native build of uWebSockets.js loads on Node.js ${process.version} here: use Node.js 20 on Debian 12, or Node.js 20 to 25 on Debian 13 (glibc 2.38) or later.`,
  );
}

/** Of a package; its `exports` may hide its package.json, and its entry. An image has one of the two. */
function folderOf(name: string): string | undefined {
  const folders = (load.resolve.paths(name) ?? []).map((folder) => join(folder, name));
  return folders.find((folder) => existsSync(join(folder, 'package.json')));
}
