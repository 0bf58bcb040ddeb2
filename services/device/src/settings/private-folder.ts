import type { Stats } from 'node:fs';
import { chmod, lstat } from 'node:fs/promises';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';
import { makeFolder } from '../stores/make-folder';

/** Makes it, for its owner alone. Throws a Failure when it is somebody else's, as one in a temporary folder may be. */
export async function privateFolder(path: string): Promise<void> {
  try {
    await makeFolder(path, 0o700);
    const found = checked(path, await lstat(path));
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { message } = diskError(`The folder ${path}`, 'can’t be made', error);
    throw new Failure(3, `${message} Mend that, or set OPENRELAY_HOME to another folder.`);
  }
}

/** Throws a Failure when it is there and somebody else's. */
export async function refuseOthersFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined) checked(path, found);
}

/** A link is none: whoever made it may lead it elsewhere the next time. */
function checked(path: string, found: Stats): Stats {
  const owner = process.getuid?.();
  if (found.isDirectory() && (owner === undefined || found.uid === owner)) return found;
  throw new Failure(3, `${path} is not a folder of this user: remove it, or set OPENRELAY_HOME to another one.`);
}
