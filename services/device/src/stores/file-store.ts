import { chmod } from 'node:fs/promises';
import { type Changes, checkKey, type Store } from '@openrelay/client';
import { FolderLock } from './folder-lock';
import { JournalFile } from './journal-file';
import { encodeRecord, type Journal, type Past, type Records, recordBytes } from './journal-format';
import { makeFolder } from './make-folder';
import { isSecretRecord } from './secret-records';
import { StoreError, storeErrorOf } from './store-error';

type Write = {
  readonly changes: Changes;
  readonly record: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};

/** A journal is written anew when more than this of it, and more than half, is of the past. */
const leastGarbageBytes = 256 * 1024;
const ownerOnlyFolder = 0o700;

/** Keeps records in a folder of its own: all of them in memory, and each write in a journal that a crash cannot tear. */
export class FileStore implements Store {
  private liveBytes = 0;
  private waiting: Write[] = [];
  private writer: Promise<void> | undefined;
  private state: 'open' | 'closed' = 'open';
  private leastGarbageBytes = leastGarbageBytes;

  private constructor(
    private readonly folder: string,
    private readonly lock: FolderLock,
    private readonly journal: JournalFile,
    private readonly records: Records,
    /** A sentence, when not everything that was in the file could be read. */
    readonly notice: string | undefined,
    private past: Past,
  ) {
    for (const [key, bytes] of records) this.liveBytes += recordBytes(key, bytes);
  }

  /** Makes the folder when there is none. Rejects with a StoreError: in use, not readable, of a later version. */
  static async open(folder: string): Promise<FileStore> {
    const lock = await told(folder, 'could not be opened', async () => {
      await makeFolder(folder, ownerOnlyFolder);
      await chmod(folder, ownerOnlyFolder);
      return FolderLock.take(folder);
    });
    const file = new JournalFile(folder);
    try {
      const journal = await told(folder, 'could not be read', () => file.open());
      const notice = noticeOf(folder, journal, file);
      const store = new FileStore(folder, lock, file, journal.records, notice, journal.past);
      await store.dropGarbage();
      return store;
    } catch (error) {
      await file.close();
      await lock.release();
      throw error;
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.records.get(key)?.slice();
  }

  async keys(prefix: string): Promise<string[]> {
    return [...this.records.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Writes that come while another is on its way share the next one's trip to the disk. */
  async write(changes: Changes): Promise<void> {
    for (const key of changes.keys()) checkKey(key);
    if (this.state === 'closed') throw new StoreError(`The store in ${this.folder} was closed: open it again first.`);
    if (changes.size === 0) return;
    const copy = new Map(Array.from(changes, ([key, bytes]) => [key, bytes && Uint8Array.from(bytes)]));
    const record = encodeRecord(copy);
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ changes: copy, record, resolve, reject });
      this.writer ??= this.writeAll();
    });
  }

  /** Waits for what is being written, and lets another process have the folder. */
  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    await this.writer;
    await this.journal.close();
    await this.lock.release();
  }

  /** Never rejects: each write is told. */
  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const writes = this.waiting;
      this.waiting = [];
      await this.writeTogether(writes);
    }
    // In the same turn as the look at `waiting`: whoever comes next begins anew.
    this.writer = undefined;
  }

  private async writeTogether(writes: readonly Write[]): Promise<void> {
    try {
      await this.journal.append(Buffer.concat(writes.map(({ record }) => record)));
    } catch (error) {
      const told = storeErrorOf(this.folder, 'could not be written', error);
      for (const { reject } of writes) reject(told);
      return;
    }
    for (const { changes } of writes) this.apply(changes);
    await this.dropGarbage();
    for (const { resolve } of writes) resolve();
  }

  private apply(changes: Changes): void {
    for (const [key, bytes] of changes) {
      const former = this.records.get(key);
      if (former !== undefined) {
        this.liveBytes -= recordBytes(key, former);
        if (isSecretRecord(key)) this.past = 'secret';
      }
      if (bytes === undefined) this.records.delete(key);
      else {
        this.records.set(key, bytes);
        this.liveBytes += recordBytes(key, bytes);
      }
    }
  }

  /** When that fails, as on a full disk, the journal goes on as it is. */
  private async dropGarbage(): Promise<void> {
    const garbageBytes = this.journal.bytes - this.liveBytes;
    const isDue = this.past === 'secret' && this.leastGarbageBytes === leastGarbageBytes;
    if (!isDue && garbageBytes <= Math.max(this.leastGarbageBytes, this.liveBytes)) return;
    try {
      await this.journal.replace(this.records);
      this.past = 'harmless';
      this.leastGarbageBytes = leastGarbageBytes;
    } catch {
      // Not with every write from now on.
      this.leastGarbageBytes = 2 * garbageBytes;
    }
  }
}

async function told<Answer>(folder: string, did: string, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof StoreError ? error : storeErrorOf(folder, did, error);
  }
}

function noticeOf(folder: string, { end, records }: Journal, file: JournalFile): string | undefined {
  switch (end) {
    case 'clean':
      return undefined;
    case 'unfinished':
      return `The store in ${folder} ends in the midst of a write, as after a crash: that write was left out.`;
    case 'damaged':
      return `The store in ${folder} is damaged: ${records.size} records before the damage were kept, what came later is lost (a copy is in ${file.damagedPath()}). Check the disk, and pair again with those who no longer know this device.`;
  }
}
