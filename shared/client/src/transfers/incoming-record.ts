import type { Store } from '../stores/store';
import type { Receiving } from './receiving';
import { readRecord, recordBytes } from './record-json';

/** One transfer to this device, as the store has it. */
export type IncomingRecord = Receiving & {
  readonly peerId: string;
  readonly id: string;
  /** Safe in any folder. */
  readonly name: string;
  /** Of a file in a folder: where in it, each part safe, the last one its name. */
  readonly path?: readonly string[] | undefined;
  readonly group?: string | undefined;
  /** A folder of so many files. */
  readonly entries?: number | undefined;
  readonly mime?: string | undefined;
  /** Unix ms. */
  readonly modified?: number | undefined;
  /** What the application said when it accepted: where it goes. */
  readonly place: string;
  /** Unix ms of the last change. */
  readonly at: number;
};

const prefix = 'transfer:in:';

function keyOf(peerId: string, id: string): string {
  return `${prefix}${peerId.toLowerCase()}:${id}`;
}

/** What is not over may be so many, for each peer. */
export const maxWaiting = 200;

export class IncomingRecords {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  async get(peerId: string, id: string): Promise<IncomingRecord | undefined> {
    return readRecord(await this.store.get(keyOf(peerId, id)));
  }

  async put(record: IncomingRecord): Promise<void> {
    await this.store.write(new Map([[keyOf(record.peerId, record.id), recordBytes(record)]]));
  }

  async list(peerId = ''): Promise<IncomingRecord[]> {
    const records: IncomingRecord[] = [];
    for (const key of await this.store.keys(`${prefix}${peerId.toLowerCase()}`)) {
      const record = readRecord<IncomingRecord>(await this.store.get(key));
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  async remove(records: readonly IncomingRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.store.write(new Map(records.map(({ peerId, id }) => [keyOf(peerId, id), undefined])));
  }
}
