import type { Store } from '../stores/store';
import { readRecord, recordBytes } from './record-json';

/** One transfer from this device, as the store has it until it is over. Files of a folder have none: the folder's names them. */
export type OutgoingRecord = {
  readonly what: 'file' | 'folder';
  readonly peerId: string;
  readonly id: string;
  readonly name: string;
  readonly size?: number | undefined;
  readonly mime?: string | undefined;
  /** Unix ms. */
  readonly modified?: number | undefined;
  readonly chunk: number;
  /** By what the application finds the source again after a restart. */
  readonly place: string;
  /** Unix ms. */
  readonly since: number;
};

const prefix = 'transfer:out:';

function keyOf(peerId: string, id: string): string {
  return `${prefix}${peerId.toLowerCase()}:${id}`;
}

export class OutgoingRecords {
  constructor(private readonly store: Store) {}

  async put(record: OutgoingRecord): Promise<void> {
    await this.store.write(new Map([[keyOf(record.peerId, record.id), recordBytes(record)]]));
  }

  async remove(peerId: string, id: string): Promise<void> {
    await this.store.write(new Map([[keyOf(peerId, id), undefined]]));
  }

  async list(): Promise<OutgoingRecord[]> {
    const records: OutgoingRecord[] = [];
    for (const key of await this.store.keys(prefix)) {
      const record = readRecord<OutgoingRecord>(await this.store.get(key));
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}
