import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** With the machine's name, as another container may share the folder, and not the pids. */
const prefix = `openrelay-redis-${hostname()}-`;

/** A new folder for the data of one server. Removes those of processes that were killed before they could do so. */
export function temporaryFolder(parent = tmpdir()): string {
  for (const name of readdirSync(parent)) {
    if (isLeftBehind(name)) rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
}

function isLeftBehind(name: string): boolean {
  const pid = name.startsWith(prefix) ? Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1]) : Number.NaN;
  return pid > 0 && !isAlive(pid);
}

/** Another user's process is alive, too, though no signal reaches it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
