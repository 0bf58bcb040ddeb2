import type { Changes, Store } from '../stores/store';
import { OutboxEntry } from './outbox-entry';
import { outboxKey, outboxPrefix, readRecord, sequenceOf, writeRecord } from './outbox-record';

/** The messages of an outbox that survive a restart. */
export class KeptMessages {
  private readonly damagedKeys: string[] = [];

  constructor(private readonly store: Store | undefined) {}

  /** Records that could not be read. */
  get damaged(): number {
    return this.damagedKeys.length;
  }

  /** What an earlier process left, in order; damaged records are taken away. */
  async load(): Promise<OutboxEntry[]> {
    const { store } = this;
    if (store === undefined) return [];
    const entries: OutboxEntry[] = [];
    for (const key of await store.keys(outboxPrefix)) {
      const waiting = readRecord((await store.get(key)) ?? new Uint8Array(0));
      if (waiting === undefined) this.damagedKeys.push(key);
      else entries.push(new OutboxEntry(waiting, sequenceOf(key), 'kept', 'waiting'));
    }
    if (this.damaged > 0) await store.write(new Map(this.damagedKeys.map((key) => [key, undefined])));
    return entries;
  }

  /** With what else is to be written, all or nothing. */
  async write(entry: OutboxEntry, alongside: Changes): Promise<void> {
    const changes = new Map(alongside);
    if (entry.life === 'kept') changes.set(outboxKey(entry.sequence), writeRecord(entry.waiting));
    if (changes.size > 0) await this.store?.write(changes);
  }

  async erase(entry: OutboxEntry): Promise<void> {
    if (entry.life === 'kept') await this.store?.write(new Map([[outboxKey(entry.sequence), undefined]]));
  }
}
