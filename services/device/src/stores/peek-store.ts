import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryStore } from '@openrelay/client';
import { readJournal } from './journal-format';

/** What a FileStore has now, also while another process has it: nothing is locked, made or mended. Empty where there is none. */
export async function peekStore(folder: string): Promise<MemoryStore> {
  const file = await readFile(join(folder, 'journal')).catch(() => new Uint8Array(0));
  const store = new MemoryStore();
  await store.write(readJournal(file).records);
  return store;
}
