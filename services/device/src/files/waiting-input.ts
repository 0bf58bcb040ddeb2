import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutgoingRecord } from '@openrelay/client';

/** A command may be writing one just now, for as long as something is piped into it. */
const forgottenMs = 24 * 60 * 60 * 1000;

/** Where what is piped in waits to be sent. */
export function waitingInputFolder(state: string): string {
  return join(state, 'outgoing');
}

/** Takes away what no transfer needs any more: a process ended before it could. @param now Unix ms */
export async function removeForgottenInput(
  folder: string,
  transfers: readonly OutgoingRecord[],
  now: number,
): Promise<void> {
  const needed = new Set(transfers.map(({ place }) => place));
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const age = needed.has(path) ? 0 : now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
    if (age > forgottenMs) await rm(path, { force: true });
  }
}
