import type { Store } from '../stores/store';
import { IncomingCensus } from './incoming-census';
import { isOver, type Receiving } from './receiving';
import { readRecord, recordBytes } from './record-json';
import type { OfferedClip } from './transfer-head';

/** One transfer to this device, as the store has it. */
export type IncomingRecord = Receiving & {
  readonly peerId: string;
  readonly id: string;
  /** Safe in any folder. */
  readonly name: string;
  /** Of a file in a folder: where in it, each part safe, the last one its name. */
  readonly path?: readonly string[] | undefined;
  readonly group?: string | undefined;
  /** A folder of so many files; with a `group` it is 0: an empty folder in that one. */
  readonly entries?: number | undefined;
  readonly mime?: string | undefined;
  /** Unix ms. */
  readonly modified?: number | undefined;
  /** It is for the clipboard. */
  readonly clip?: OfferedClip | undefined;
  /** What the application said when it accepted: where it goes. */
  readonly place: string;
  /** It failed or was given up, and what was written of it may still be there. */
  readonly leftover?: 'yes' | undefined;
  /** Unix ms of the last change. */
  readonly at: number;
};

/** Of files. An empty folder in another one is written like a file. */
export function isFolder({ entries, group }: IncomingRecord): boolean {
  return entries !== undefined && group === undefined;
}

/** Among all peers'. */
export function nameOf({ peerId, id }: Pick<IncomingRecord, 'peerId' | 'id'>): string {
  return `${peerId.toUpperCase()}:${id}`;
}

const prefix = 'transfer:in:';

function keyOf(peerId: string, id: string): string {
  return `${prefix}${peerId.toLowerCase()}:${id}`;
}

/** What is not over may be so many, for each peer. */
const maxWaiting = 200;
/** So many files of folders that are not over, for each peer: two folders as large as they may be. */
const maxFiles = 20_000;
/** What is over is remembered for so many, for each peer: what comes late of others is a new offer, or of nothing known. */
const maxOver = 300;

export class IncomingRecords {
  private readonly census = new IncomingCensus();
  private counted: Promise<void> | undefined;

  constructor(private readonly store: Store) {}

  async get(peerId: string, id: string): Promise<IncomingRecord | undefined> {
    return readRecord(await this.store.get(keyOf(peerId, id)));
  }

  async put(record: IncomingRecord): Promise<void> {
    await this.count();
    const changes = new Map<string, Uint8Array | undefined>([[keyOf(record.peerId, record.id), recordBytes(record)]]);
    const tooMany = isOver(record.phase) && record.group === undefined ? this.tooMany(record) : [];
    for (const id of tooMany) changes.set(keyOf(record.peerId, id), undefined);
    await this.store.write(changes);
    this.note(record);
    for (const id of tooMany) this.census.drop({ peerId: record.peerId, id, at: 0 });
  }

  /** Of all peers, or of one. */
  async list(peerId = ''): Promise<IncomingRecord[]> {
    const records: IncomingRecord[] = [];
    for (const key of await this.store.keys(`${prefix}${peerId.toLowerCase()}`)) {
      const record = readRecord<IncomingRecord>(await this.store.get(key));
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  async remove(records: readonly Pick<IncomingRecord, 'peerId' | 'id' | 'group' | 'at'>[]): Promise<void> {
    if (records.length === 0) return;
    await this.count();
    await this.store.write(new Map(records.map(({ peerId, id }) => [keyOf(peerId, id), undefined])));
    for (const record of records) this.census.drop(record);
  }

  /** Why there is no room for another offer, as a sentence for the peer. @param group the folder that it is of */
  async noRoom(peerId: string, group: IncomingRecord | undefined): Promise<string | undefined> {
    await this.count();
    if (group === undefined) {
      if (this.census.openOf(peerId).size < maxWaiting) return undefined;
      return `${maxWaiting} transfers of this device wait here already: end some, and offer it again.`;
    }
    const { entries = 0 } = group;
    if (this.census.filesOf(peerId, group.id).size >= entries) return `The folder was said to have ${entries} files.`;
    if (this.census.fileCountOf(peerId) < maxFiles) return undefined;
    return `${maxFiles} files of this device's folders are on their way here already: send it when some have arrived.`;
  }

  async filesOf({ peerId, id }: IncomingRecord): Promise<IncomingRecord[]> {
    await this.count();
    const ids = [...this.census.filesOf(peerId, id)];
    const files = await Promise.all(ids.map((file) => this.get(peerId, file)));
    return files.filter((file) => file !== undefined);
  }

  async forgetOlder(now: number, thanMs: number): Promise<void> {
    await this.count();
    for (const peerId of this.census.peers()) {
      const old = [...this.census.overOf(peerId)].filter(([, at]) => Math.abs(now - at) > thanMs);
      await this.remove(old.map(([id, at]) => ({ peerId, id, at })));
    }
  }

  private tooMany({ peerId, id }: IncomingRecord): string[] {
    const others = [...this.census.overOf(peerId).keys()].filter((other) => other !== id);
    return others.slice(0, Math.max(0, others.length + 1 - maxOver));
  }

  private note(record: IncomingRecord): void {
    this.census.note(record, isOver(record.phase) ? 'over' : 'open');
  }

  /** Once; again after the store could not be read. */
  private count(): Promise<void> {
    this.counted ??= this.countAll().catch((error: unknown) => {
      this.counted = undefined;
      throw error;
    });
    return this.counted;
  }

  private async countAll(): Promise<void> {
    const records = await this.list();
    for (const record of records.sort((one, other) => one.at - other.at)) this.note(record);
  }
}
