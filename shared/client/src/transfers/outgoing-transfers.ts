import type { Store } from '../stores/store';
import { chunkBytesFor } from './chunk-bytes';
import { OutgoingFile } from './outgoing-file';
import { type OutgoingRecord, OutgoingRecords } from './outgoing-record';
import type { Source, TransferPost } from './ports';
import type { Finished, TransferEvent } from './transfer-events';
import type { Offer, OfferedClip, TransferHead } from './transfer-head';

export type SendFile = {
  readonly peerId: string;
  readonly name: string;
  readonly source: Source;
  readonly mime?: string | undefined;
  /** Unix ms. */
  readonly modified?: number | undefined;
  /** By what `openSource` finds it again after a restart, such as a path; without one it ends with this process. */
  readonly place?: string | undefined;
  /** It is for the peer's clipboard. */
  readonly clip?: OfferedClip | undefined;
};

export type FileToSend = Omit<SendFile, 'source'> & {
  readonly id: string;
  readonly size: number | undefined;
  readonly open: () => Promise<Source>;
  readonly group?: string | undefined;
  readonly path?: string | undefined;
  /** 0: an empty folder. */
  readonly entries?: 0 | undefined;
};

export type OutgoingTransfer = {
  readonly id: string;
  /** How long the relay's limits make it take, from now on; 0 when it fits into what is left of this minute. */
  readonly estimateSeconds: number;
  /** Never rejects. */
  readonly over: Promise<Finished>;
};

export type OutgoingParts = {
  readonly store: Store;
  readonly post: TransferPost;
  readonly emit: (event: TransferEvent) => void;
  /** Unix ms. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Of a transfer that an earlier process began; nothing when it is gone. */
  readonly openSource: (record: OutgoingRecord) => Promise<Source | undefined>;
};

/** What this device sends, each until the peer has it, refuses it, or one of the two gives up. */
export class OutgoingTransfers {
  readonly records: OutgoingRecords;
  private readonly files = new Map<string, OutgoingFile>();

  constructor(private readonly parts: OutgoingParts) {
    this.records = new OutgoingRecords(parts.store);
  }

  async send({ source, ...file }: SendFile): Promise<OutgoingTransfer> {
    const id = this.parts.newId();
    const { peerId, name, mime, modified, place = '' } = file;
    const record = { what: 'file', peerId, id, name, size: source.size, mime, modified, place } as const;
    const chunk = this.chunkBytes();
    await this.records.put({ ...record, chunk, since: this.parts.now() });
    return this.begin({ ...file, id, size: source.size, open: async () => source }, chunk);
  }

  /** Goes on with what an earlier process began. */
  async resume(): Promise<void> {
    for (const record of await this.records.list()) {
      if (record.what === 'file') await this.resumeFile(record);
    }
  }

  /** Without a record: whoever calls knows what is to be sent again after a restart. */
  async begin(file: FileToSend, chunk: number): Promise<OutgoingTransfer> {
    const { id, peerId, name, size, mime, modified, entries, group, path, clip } = file;
    const offer: Offer = { t: 'offer', id, name, size, mime, modified, chunk, entries, group, path, clip };
    const outgoing = new OutgoingFile({
      post: this.parts.post,
      peerId,
      offer,
      open: file.open,
      progress: (progress) => this.parts.emit({ name: 'progress', ...progress }),
      finished: (finished) => this.finish(finished),
    });
    this.files.set(keyOf(peerId, id), outgoing);
    await outgoing.sendOffer();
    return { id, over: outgoing.over, estimateSeconds: this.estimateSeconds(size ?? 0, chunk) };
  }

  /** `unknown`: it is none of these. */
  async handle(peerId: string, head: TransferHead): Promise<'handled' | 'unknown'> {
    const file = this.files.get(keyOf(peerId, head.id));
    await file?.handle(head, this.parts.now());
    return file === undefined ? 'unknown' : 'handled';
  }

  async cancel(peerId: string, id: string, why: string): Promise<void> {
    await this.files.get(keyOf(peerId, id))?.cancel(why);
  }

  /** What was under way with this peer is lost. */
  async offerAgain(peerId: string): Promise<void> {
    for (const [key, file] of this.files) {
      if (key.startsWith(keyOf(peerId, ''))) await file.sendOffer();
    }
  }

  /** Nothing is said to the peer. */
  async forget(peerId: string, why: string): Promise<void> {
    for (const [key, file] of this.files) {
      if (key.startsWith(keyOf(peerId, ''))) await file.giveUp(why);
    }
  }

  /** An offer that can't be posted now is posted later; those of others do not wait for it. */
  async tick(): Promise<void> {
    for (const file of this.files.values()) await file.tick(this.parts.now()).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => file.close()));
    this.files.clear();
  }

  chunkBytes(): number {
    return chunkBytesFor(this.parts.post.messageBytes());
  }

  /** Of a file that is not offered yet: what people want to know first. */
  estimateSeconds(size: number, chunk = this.chunkBytes()): number {
    const messageBytes = this.parts.post.messageBytes();
    return this.parts.post.estimateSeconds(Math.ceil(size / chunk) * messageBytes, messageBytes);
  }

  private async resumeFile(record: OutgoingRecord): Promise<void> {
    const open = async () => {
      const source = await this.parts.openSource(record);
      if (source === undefined)
        throw new Error(`${record.name} is not there any more, or could only be read once: send it again.`);
      return source;
    };
    await this.begin({ ...record, open, size: record.size }, record.chunk);
  }

  private async finish(finished: Finished): Promise<void> {
    const { peerId, id, group } = finished;
    this.files.delete(keyOf(peerId, id));
    this.parts.emit({ name: 'finished', ...finished });
    if (group === undefined) await this.records.remove(peerId, id);
  }
}

function keyOf(peerId: string, id: string): string {
  return `${peerId.toUpperCase()}:${id}`;
}
