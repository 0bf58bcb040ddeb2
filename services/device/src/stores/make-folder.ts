import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Rejects with what the system says. Node's own `recursive` never ends where the
 * system answers ENOENT though the folder above is there, as in /proc.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if ((await made(path, mode)) === 'made') return;
  await makeFolder(dirname(path), mode);
  if ((await made(path, mode)) === 'made') return;
  throw new Error('no folder can be made there');
}

async function made(path: string, mode: number): Promise<'made' | 'needs its parent'> {
  try {
    await mkdir(path, { mode });
    return 'made';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return 'needs its parent';
    // Also of a root and of a disk that is read-only, which say something else of a folder that is there.
    if (await isFolder(path)) return 'made';
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
