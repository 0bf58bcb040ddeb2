import { chmod, lstat, mkdir } from 'node:fs/promises';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';

/** Makes it, for its owner alone. Throws a Failure when it is somebody else's, as one in a temporary folder may be. */
export async function privateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const found = await lstat(path);
    const owner = process.getuid?.();
    if (!found.isDirectory() || (owner !== undefined && found.uid !== owner)) {
      throw new Failure(3, `${path} is not a folder of this user: remove it, or set OPENRELAY_HOME to another one.`);
    }
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(3, diskError(`The folder ${path}`, 'can’t be made', error).message);
  }
}
