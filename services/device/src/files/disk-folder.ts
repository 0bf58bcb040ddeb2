import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderEntry, OutgoingRecord } from '@openrelay/client';
import { diskError } from '../failures/disk-error';
import { diskFile } from './disk-source';

/** As many as a transfer takes, and one to see that there are more. */
const mostEntries = 10_001;
const mostDepth = 32;

/** The files and empty folders below a folder, by name. Links are not followed, and what is no file does not travel. */
export async function folderEntries(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  await addEntries(folder, '', entries, 0).catch((error: unknown) => {
    throw diskError(folder, 'can’t be read', error);
  });
  return entries;
}

export async function folderAgain({ place }: OutgoingRecord): Promise<readonly FolderEntry[] | undefined> {
  return folderEntries(place).catch(() => undefined);
}

async function addEntries(root: string, below: string, entries: FolderEntry[], depth: number): Promise<void> {
  const found = await readdir(join(root, below), { withFileTypes: true });
  const before = entries.length;
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of found) {
    if (entries.length >= mostEntries) return;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && depth < mostDepth) await addEntries(root, path, entries, depth + 1);
    if (entry.isFile()) entries.push(await entryOf(root, path));
  }
  if (entries.length === before && below !== '') entries.push({ what: 'empty-folder', path: below, size: 0 });
}

async function entryOf(root: string, path: string): Promise<FolderEntry> {
  const file = join(root, path);
  const { size, mtimeMs } = await stat(file);
  return { path, size, modified: Math.round(mtimeMs), open: async () => (await diskFile(file)).source };
}
