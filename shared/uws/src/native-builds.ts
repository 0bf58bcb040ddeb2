/** The native builds of uWebSockets.js: what is in them runs in every edge, and nobody can read it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** SHA-256 in hex by `PACKAGE/FILE`; `npm run docs` writes it from the packages that package-lock.json names. */
const listFile = join(__dirname, '../native-builds.json');

export function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** @throws Error in one sentence when the file is not the one that this version of OpenRelay was made with */
export function assertKnownBuild(packageName: string, file: string): void {
  const known = JSON.parse(readFileSync(listFile, 'utf8')) as Readonly<Record<string, string>>;
  const wanted = known[`${packageName}/${basename(file)}`];
  const found = sha256Of(file);
  if (found === wanted) return;
  throw new Error(
    `${file} is not the file that OpenRelay was made with, so it is not loaded: its SHA-256 is ${found}, not ${wanted ?? 'a known one'}. Install it anew (rm -r node_modules && npm ci); if it is the same then, somebody has changed the package.`,
  );
}
