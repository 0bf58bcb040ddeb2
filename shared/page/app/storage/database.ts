export type Table = 'entries' | 'files' | 'parts' | 'keys';

const tables: readonly Table[] = ['entries', 'files', 'parts', 'keys'];
const version = 1;

/** What the page keeps beside the device's own store: what was sent and came, files, and keys that nobody can read. */
export class Database {
  /** Resolves when the browser takes it away, as when its user deletes a site's data. */
  readonly gone: Promise<void>;

  private constructor(private readonly database: IDBDatabase) {
    database.onversionchange = () => database.close();
    this.gone = new Promise((resolve) => {
      database.onclose = () => resolve();
    });
  }

  /** Rejects with a sentence where the browser keeps nothing for this page. */
  static async open(name: string): Promise<Database> {
    try {
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => {
        for (const table of tables) request.result.createObjectStore(table);
      };
      return new Database(await answerOf(request));
    } catch (error) {
      const why = error instanceof Error ? error.name : 'no reason given';
      const text = `The browser keeps nothing for this page (${why}): leave the private window, or allow this site to store data.`;
      throw new Error(text, { cause: error });
    }
  }

  get<Value>(table: Table, key: IDBValidKey): Promise<Value | undefined> {
    return answerOf(this.read(table).get(key) as IDBRequest<Value | undefined>);
  }

  all<Value>(table: Table, range?: IDBKeyRange, most?: number): Promise<Value[]> {
    return answerOf(this.read(table).getAll(range, most) as IDBRequest<Value[]>);
  }

  keys(table: Table, range?: IDBKeyRange): Promise<IDBValidKey[]> {
    return answerOf(this.read(table).getAllKeys(range));
  }

  put(table: Table, key: IDBValidKey, value: unknown): Promise<void> {
    return this.write([table], (store) => void store(table).put(value, key));
  }

  remove(table: Table, key: IDBValidKey | IDBKeyRange): Promise<void> {
    return this.write([table], (store) => void store(table).delete(key));
  }

  /** All or nothing; on the disk when it resolves. */
  write(names: readonly Table[], act: (store: (table: Table) => IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(names, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(notKept(transaction.error));
      act((table) => transaction.objectStore(table));
    });
  }

  private read(table: Table): IDBObjectStore {
    return this.database.transaction(table, 'readonly').objectStore(table);
  }
}

function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () =>
      reject(request.error ?? new Error('The browser could not read what it keeps for this page.'));
  });
}

function notKept(cause: DOMException | null): Error {
  const isFull = cause?.name === 'QuotaExceededError';
  const why = isFull
    ? 'There is no room left for it'
    : `The browser could not keep it (${cause?.name ?? 'no reason given'})`;
  return new Error(`${why}: remove files from this page or from the disk, and try again.`, { cause });
}
