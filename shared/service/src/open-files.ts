/** The file descriptors of this process: each socket is one. Only Linux tells their number. */
import { readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

const folder = '/proc/self/fd';

/** How many it may have; undefined where Linux does not say, or sets no limit. */
export function openFilesLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** How many it has, at the most `limit`. */
export async function countOpenFiles(limit: number): Promise<number> {
  try {
    const { size } = statSync(folder); // their number since Linux 6.2, 0 before; another thread would take longer to wake
    return size > 0 ? size : (await readdir(folder)).length;
  } catch {
    return limit; // one more is needed to list them, and cannot be had
  }
}
