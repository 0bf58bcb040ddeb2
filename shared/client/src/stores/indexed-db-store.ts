/// <reference lib="dom" />
import { type Changes, checkKey, type Store } from './store';

const table = 'records';
const version = 1;
/** Behind every key that begins so. */
const last = '\uffff';

/** Keeps records in a database of the browser's, of one origin. All pages of that origin see them. */
export class IndexedDbStore implements Store {
  private constructor(private readonly database: IDBDatabase) {
    // Another page wants a later version, or to delete it.
    database.onversionchange = () => database.close();
  }

  /** Makes it when there is none. Rejects with a sentence where the browser has none for this page, as in private windows of some. */
  static async open(name: string): Promise<IndexedDbStore> {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => request.result.createObjectStore(table);
    try {
      return new IndexedDbStore(await answerOf(request));
    } catch (error) {
      throw new Error(`The browser gives this page no database (${wordsOf(error)}): allow it to store data.`, {
        cause: error,
      });
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return answerOf(this.read().get(key) as IDBRequest<Uint8Array | undefined>);
  }

  async keys(prefix: string): Promise<string[]> {
    return (await answerOf(this.read().getAllKeys(IDBKeyRange.bound(prefix, prefix + last)))) as string[];
  }

  write(changes: Changes): Promise<void> {
    return new Promise((resolve, reject) => {
      for (const key of changes.keys()) checkKey(key);
      const transaction = this.database.transaction(table, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(notWritten(transaction.error));
      const records = transaction.objectStore(table);
      for (const [key, bytes] of changes) {
        if (bytes === undefined) records.delete(key);
        else records.put(Uint8Array.from(bytes), key);
      }
    });
  }

  close(): void {
    this.database.close();
  }

  private read(): IDBObjectStore {
    return this.database.transaction(table, 'readonly').objectStore(table);
  }
}

function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no reason was given'));
  });
}

function notWritten(cause: unknown): Error {
  const text = `The browser could not store this (${wordsOf(cause)}): nothing of it was kept. Make room on the disk, and try again.`;
  return new Error(text, { cause });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'no reason was given';
}
