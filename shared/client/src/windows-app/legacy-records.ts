import { fromBase64, textOf, toBase64, utf8 } from '../crypto/index';
import type { Changes, Store } from '../stores/store';

/** What a pairing with a Windows app left, beside its Peer. */
export type LegacyRecord = {
  /** Its hardware id in upper case, the Peer's. */
  readonly id: string;
  /** The same as the app writes it: it compares with case. */
  readonly address: string;
  /** What it calls itself inside of messages: a GUID that stays when its hardware changes. */
  readonly localId: string;
  /** 32 bytes. The relay that carried the pairing can have read it. */
  readonly key: Uint8Array;
  /** The last that it named. */
  readonly keyId: number;
};

const prefix = 'legacy:';

/** Read once, written through. */
export class LegacyRecords {
  private constructor(
    private readonly store: Store,
    private readonly byId: Map<string, LegacyRecord>,
  ) {}

  static async open(store: Store): Promise<LegacyRecords> {
    const byId = new Map<string, LegacyRecord>();
    for (const key of await store.keys(prefix)) {
      const record = readRecord(await store.get(key));
      if (record !== undefined) byId.set(record.id, record);
    }
    return new LegacyRecords(store, byId);
  }

  get(id: string): LegacyRecord | undefined {
    return this.byId.get(id.toUpperCase());
  }

  withLocalId(localId: string): LegacyRecord | undefined {
    return [...this.byId.values()].find((record) => record.localId === localId);
  }

  /** To be written together with the Peer; `wrote` tells that it was. */
  changeTo(record: LegacyRecord): Changes {
    return new Map([[keyOf(record.id), recordBytes(record)]]);
  }

  changeWithout(id: string): Changes {
    return new Map([[keyOf(id), undefined]]);
  }

  wrote(record: LegacyRecord): void {
    this.byId.set(record.id, record);
  }

  removed(id: string): void {
    this.byId.get(id)?.key.fill(0);
    this.byId.delete(id);
  }

  async put(record: LegacyRecord): Promise<void> {
    await this.store.write(this.changeTo(record));
    this.wrote(record);
  }
}

function keyOf(id: string): string {
  return `${prefix}${id.toLowerCase()}`;
}

function recordBytes({ key, ...record }: LegacyRecord): Uint8Array {
  return utf8(JSON.stringify({ v: 1, ...record, key: toBase64(key) }));
}

/** Nothing when it is damaged: the user pairs again. */
function readRecord(bytes: Uint8Array | undefined): LegacyRecord | undefined {
  try {
    const { v, id, address, localId, keyId, key } = JSON.parse(textOf(bytes ?? new Uint8Array(0)) ?? '');
    const read = fromBase64(key);
    if (v !== 1 || read?.length !== 32 || typeof keyId !== 'number') return undefined;
    const isText = [id, address, localId].every((field) => typeof field === 'string');
    return isText ? { id, address, localId, keyId, key: read } : undefined;
  } catch {
    return undefined;
  }
}
