import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../failures/failure';
import { makeFolder } from '../stores/make-folder';
import type { ServiceFile, Written } from './service-host';

/** All or nothing, and only when it differs. Throws a Failure. */
export async function writeServiceFile({ path, text }: ServiceFile): Promise<Written> {
  const draft = `${path}.${randomUUID()}`;
  try {
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === text) return 'same';
    await makeFolder(dirname(path), 0o755);
    await writeFile(draft, text, { mode: 0o644 });
    await rename(draft, path);
    return 'new';
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure(3, `${path} can’t be written: ${(error as Error).message}.`);
  }
}

/** Throws a Failure. */
export async function removeServiceFile({ path }: ServiceFile): Promise<'removed' | 'none'> {
  try {
    await rm(path);
    return 'removed';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw new Failure(3, `${path} can’t be removed: ${(error as Error).message}.`);
  }
}
