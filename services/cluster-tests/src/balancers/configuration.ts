import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';

/** What is found is put in place of; each must be there. */
export type Changes = readonly (readonly [found: RegExp, put: string])[];

/** A configuration of deploy/ with ports and files of this machine in the place of its own. @throws Error when it has changed */
export function changedConfiguration(path: string, changes: Changes): string {
  let text = readFileSync(join(repositoryRoot, 'deploy', path), 'utf8');
  for (const [found, put] of changes) {
    if (!found.test(text)) throw new Error(`deploy/${path} has no ${found}.`);
    text = text.replace(found, () => put);
  }
  return text;
}
