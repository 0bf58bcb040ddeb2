import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../failures/disk-error';
import { makeFolder } from '../stores/make-folder';

const endings: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

type Image = { readonly image: Uint8Array; readonly mime: string; readonly messageId: string; readonly from: string };

/**
 * Under a name that sender and message give it, so that one which comes again after a crash is no second file, and nobody else's
 * takes its place. Answers the path.
 */
export async function saveImage(folder: string, { image, mime, messageId, from }: Image): Promise<string> {
  const name = createHash('sha256').update(`${from}:${messageId}`).digest('hex').slice(0, 20);
  const path = join(folder, `image-${name}.${endings[mime] ?? 'image'}`);
  const part = `${path}.openrelay-part`;
  try {
    await makeFolder(folder, 0o700);
    const handle = await open(part, 'w', 0o600);
    try {
      await handle.writeFile(image);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
    return path;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw diskError(path, 'can’t be written', error);
  }
}
