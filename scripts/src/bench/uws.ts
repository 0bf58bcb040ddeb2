/** Loads uWebSockets.js: the newest of the two published builds whose native part runs on this machine. */
import type * as Uws from 'uWebSockets.js';

export type UwsModule = typeof Uws;

// The compat package's own entry falls back to JavaScript without a word, so its native file is named directly.
const NATIVE_FILE = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
const BUILDS: readonly (() => UwsModule)[] = [
  () => require('uWebSockets.js') as UwsModule,
  () => require(`uWebSockets.js-compat/binaries/${NATIVE_FILE}`) as UwsModule,
];

export function loadUws(): UwsModule {
  const reasons: string[] = [];
  for (const load of BUILDS) {
    try {
      return load();
    } catch (error) {
      reasons.push(String(error).split('\n').at(-1) ?? '');
    }
  }
  throw new Error(`No native build of uWebSockets.js loads under Node.js ${process.version}: ${reasons.join('; ')}`);
}
