import { type FileHandle, open, stat } from 'node:fs/promises';
import type { OutgoingRecord, Source } from '@openrelay/client';
import { diskError } from '../failures/disk-error';

export type DiskFile = {
  readonly source: Source;
  /** Bytes. */
  readonly size: number;
  /** Unix ms. */
  readonly modified: number;
};

/** A file that is read when it is its turn. Rejects with a sentence for what is none. */
export async function diskFile(path: string): Promise<DiskFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw diskError(path, 'can’t be read', error);
  });
  if (!found.isFile()) throw new Error(`${path} is no file: pipe it into “send PEER -”.`);
  return { source: new DiskSource(path, found.size), size: found.size, modified: Math.round(found.mtimeMs) };
}

/** After a restart: nothing when the file is no longer what was offered. */
export async function diskFileAgain({ place, size, modified }: OutgoingRecord): Promise<Source | undefined> {
  const file = await diskFile(place).catch(() => undefined);
  return file?.size === size && file?.modified === modified ? file?.source : undefined;
}

class DiskSource implements Source {
  private handle: Promise<FileHandle> | undefined;

  constructor(
    private readonly path: string,
    readonly size: number,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    try {
      this.handle ??= open(this.path, 'r');
      return await readFully(await this.handle, offset, length);
    } catch (error) {
      throw diskError(this.path, 'can’t be read any more', error);
    }
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await (await handle?.catch(() => undefined))?.close();
  }
}

/** Fewer bytes than asked for only at the end. */
export async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
