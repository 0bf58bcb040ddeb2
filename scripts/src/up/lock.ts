import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Throws a sentence when another `up` holds it. What a killed one left behind is taken over. */
export function takeLock(file: string): void {
  const holder = lockHolder(file);
  if (holder !== undefined) {
    throw new Error(`./scripts/up is already running in this checkout (process ${holder}); stop that one first.`);
  }
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    // A full disk leaves an empty one.
    releaseLock(file);
    throw new Error(`${file} cannot be written (${(error as Error).message}).`);
  }
}

/** Only for whoever took it. */
export function releaseLock(file: string): void {
  rmSync(file, { force: true });
}

/** The pid of the `up` that runs, if one does. */
export function lockHolder(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && isUp(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Pids are used again: a process of that number need not be an `up`. */
function isUp(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .some((word) => word.endsWith('up.js'));
  } catch {
    return false;
  }
}
