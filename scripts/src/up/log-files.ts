import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ownLog = /^(?:redis|edge-\d+|janitor|ops)\.log$/;
const previous = '.1';

/** Begins the logs anew, and keeps those of the run before as `edge-1.log.1`: they may tell why it ended. */
export function turnLogs(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(previous) && ownLog.test(name.slice(0, -previous.length))) rmSync(join(folder, name));
  }
  for (const name of readdirSync(folder)) {
    if (ownLog.test(name)) renameSync(join(folder, name), join(folder, `${name}${previous}`));
  }
}
