import { type Changes, checkKey, type Store } from './store';

/** Lives as long as the process: for tests, and for devices that need not remember. */
export class MemoryStore implements Store {
  private readonly records = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.records.get(key)?.slice();
  }

  async write(changes: Changes): Promise<void> {
    for (const key of changes.keys()) checkKey(key);
    for (const [key, bytes] of changes) {
      if (bytes === undefined) this.records.delete(key);
      // Not `slice`: that of Node's Buffer shares the bytes.
      else this.records.set(key, Uint8Array.from(bytes));
    }
  }

  async keys(prefix: string): Promise<string[]> {
    return [...this.records.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
