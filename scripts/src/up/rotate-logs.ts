import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ownLog = /^(?:redis|edge-\d+|janitor|ops)\.log$/;
const previous = '.1';

/** Keeps the logs of the run before as `edge-1.log.1`, since they may tell why it ended; the new run begins with empty ones. */
export function rotateLogs(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(previous) && ownLog.test(name.slice(0, -previous.length))) rmSync(join(folder, name));
  }
  for (const name of readdirSync(folder)) {
    if (ownLog.test(name)) renameSync(join(folder, name), join(folder, `${name}${previous}`));
  }
}
