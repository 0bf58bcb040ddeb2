import type * as Uws from 'uWebSockets.js';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type { Uws };

const load = createRequire(__filename);

/** The compat build's own entry falls back to JavaScript without a word; its native file does not. */
const compatBinary = `uWebSockets.js-compat/binaries/uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

/** `manifest` is relative to the entry: a package's `exports` may hide its package.json from its name. */
const builds: readonly { entry: string; manifest: string }[] = [
  { entry: 'uWebSockets.js', manifest: '../package.json' },
  { entry: compatBinary, manifest: '../../package.json' },
];

/** The newest native build of uWebSockets.js that loads here. @throws Error in one sentence when none does */
export function loadUws(): { uws: typeof Uws; name: string } {
  for (const { entry, manifest } of builds) {
    try {
      const uws = load(entry);
      return { uws, name: `uWebSockets.js ${load(join(load.resolve(entry), manifest)).version}` };
    } catch {
      // The next build may load: each is made for other versions of Node.js and of the C library.
    }
  }
  throw new Error(
    `No native build of uWebSockets.js loads on Node.js ${process.version} here: use Node.js 20 on Debian 12, or Node.js 20 to 25 on Debian 13 (glibc 2.38) or later.`,
  );
}
