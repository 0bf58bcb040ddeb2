import { type FileHandle, open, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { IncomingRecord, Sink } from '@openrelay/client';
import { diskError } from '../failures/disk-error';
import { makeFolder } from '../stores/make-folder';
import { readFully } from './disk-source';
import { moveToFreeName } from './free-name';

const ownerOnly = 0o600;

export type DiskSinkEvents = {
  /** It has its name. */
  finished(record: IncomingRecord, path: string): void;
};

/**
 * Writes beside where the file will be, under a hidden name, and gives it its own when it is whole. `record.place` is the folder
 * that it goes to; of a file in a folder that was accepted, this folder.
 */
export async function diskSink(record: IncomingRecord, events: DiskSinkEvents): Promise<Sink> {
  const target = record.path === undefined ? join(record.place, record.name) : join(record.place, ...record.path);
  if (record.entries === 0) return emptyFolder(target);
  const part = join(dirname(target), `.${record.id.slice(0, 40)}.openrelay-part`);
  try {
    await makeFolder(dirname(target), 0o700);
    const handle = await openPart(part, record);
    return new DiskSink(record, part, target, handle, events);
  } catch (error) {
    throw diskError(dirname(target), 'can’t be written to', error);
  }
}

/** In a folder that was accepted. */
function emptyFolder(target: string): Sink {
  return {
    write: async () => Promise.reject(new Error(`${target} is a folder: it has no bytes.`)),
    read: async () => new Uint8Array(0),
    finish: async () => {
      await makeFolder(target, 0o700).catch((error: unknown) => {
        throw diskError(target, 'can’t be made', error);
      });
    },
    discard: async () => {},
  };
}

/** Nothing when a process died right after it had given the file its name, or had taken away what was written of it. */
async function openPart(part: string, { phase, next }: IncomingRecord): Promise<FileHandle | undefined> {
  if (phase === 'receiving' && next === 0) return open(part, 'w+', ownerOnly);
  return open(part, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && phase !== 'receiving') return undefined;
    throw error;
  });
}

class DiskSink implements Sink {
  constructor(
    private readonly record: IncomingRecord,
    private readonly part: string,
    private readonly target: string,
    private handle: FileHandle | undefined,
    private readonly events: DiskSinkEvents,
  ) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.open().write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw diskError(this.target, 'can’t be written', error);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return readFully(this.open(), offset, length);
  }

  async finish(): Promise<void> {
    if (this.handle === undefined) {
      this.events.finished(this.record, this.target);
      return;
    }
    try {
      await this.handle.sync();
      await this.close();
      const { modified } = this.record;
      if (modified !== undefined) await utimes(this.part, new Date(), new Date(modified)).catch(() => {});
      const path = await moveToFreeName(this.part, dirname(this.target), this.record.path?.at(-1) ?? this.record.name);
      this.events.finished(this.record, path);
    } catch (error) {
      throw diskError(this.target, 'can’t be written', error);
    }
  }

  async discard(): Promise<void> {
    await this.close();
    await rm(this.part, { force: true });
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  private open(): FileHandle {
    if (this.handle === undefined) throw new Error(`${this.target} is not open.`);
    return this.handle;
  }
}
