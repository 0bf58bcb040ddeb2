import { copyFile, type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecord, type Journal, journalMagic, type Records, readJournal } from './journal-format';
import { StoreError } from './store-error';

const ownerOnly = 0o600;

/** Where the copy of a journal is that was found damaged. */
export function damagedJournalPath(folder: string): string {
  return join(folder, 'journal.damaged');
}

/** The journal on the disk: what was appended is there whole, or not at all. */
export class JournalFile {
  /** That the next record is written at. */
  private end = 0;
  private handle: FileHandle | undefined;
  private tail: 'clean' | 'dirty' = 'clean';

  constructor(private readonly folder: string) {}

  get bytes(): number {
    return this.end;
  }

  /** Reads it, makes it when there is none, and takes away what is not whole at its end; of what is damaged it leaves a copy. */
  async open(): Promise<Journal> {
    const file = await this.read();
    if (isOfLaterVersion(file)) {
      throw new StoreError(`The store in ${this.folder} was written by a later version: update this one.`);
    }
    const journal = readJournal(file);
    if (journal.end === 'damaged') await copyFile(this.path(), this.damagedPath());
    if (journal.wholeBytes === 0) await this.replace(new Map());
    else await this.reopen(journal.wholeBytes);
    return journal;
  }

  damagedPath(): string {
    return damagedJournalPath(this.folder);
  }

  /** Rejects with what the system said; nothing was appended then. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.handle === undefined) await this.reopen(this.end);
    const handle = this.handle!;
    if (this.tail === 'dirty') await this.cut(handle);
    this.tail = 'dirty';
    try {
      await writeAll(handle, bytes, this.end);
      await handle.datasync();
    } catch (error) {
      // Also to give back room on a full disk. When even that fails, the next append begins with it.
      await this.cut(handle).catch(() => {});
      throw error;
    }
    this.tail = 'clean';
    this.end += bytes.length;
  }

  /** Begins anew with these records alone. The old journal stays until the new one is whole. */
  async replace(records: Records): Promise<void> {
    const draft = join(this.folder, 'journal.new');
    const size = await this.writeDraft(draft, records).catch(async (error: unknown) => {
      await rm(draft, { force: true });
      throw error;
    });
    // Closed, for systems that rename no open files.
    await this.close();
    await rename(draft, this.path());
    this.end = size;
    this.tail = 'clean';
    await syncFolder(this.folder);
    await this.reopen(size);
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  private path(): string {
    return join(this.folder, 'journal');
  }

  private async read(): Promise<Uint8Array> {
    try {
      return await readFile(this.path());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(0);
      throw error;
    }
  }

  /** Answers its size. */
  private async writeDraft(draft: string, records: Records): Promise<number> {
    const handle = await open(draft, 'w', ownerOnly);
    try {
      let at = await writeAll(handle, journalMagic, 0);
      for (const record of records) at += await writeAll(handle, encodeRecord(new Map([record])), at);
      await handle.datasync();
      return at;
    } finally {
      await handle.close();
    }
  }

  /** @param wholeBytes as far as it is kept */
  private async reopen(wholeBytes: number): Promise<void> {
    this.handle = await open(this.path(), 'r+', ownerOnly);
    await this.handle.chmod(ownerOnly);
    const { size } = await this.handle.stat();
    this.end = wholeBytes;
    if (size > this.end) await this.cut(this.handle);
  }

  private async cut(handle: FileHandle): Promise<void> {
    await handle.truncate(this.end);
    await handle.datasync();
    this.tail = 'clean';
  }
}

/** Answers how many bytes that were. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return bytes.length;
}

/** So that the new name lasts. Not every system lets a folder be opened; those do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EISDIR' && code !== 'EACCES' && code !== 'EINVAL') throw error;
  }
}

function isOfLaterVersion(file: Uint8Array): boolean {
  return /^openrelay-store-(?:[2-9]|\d\d+)\n/.test(Buffer.from(file.subarray(0, 24)).toString('latin1'));
}
