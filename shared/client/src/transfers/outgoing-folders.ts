import { sha256, toHex, utf8 } from '../crypto/index';
import type { OutgoingRecord } from './outgoing-record';
import type { FileToSend, OutgoingParts, OutgoingTransfer, OutgoingTransfers } from './outgoing-transfers';
import type { Source } from './ports';
import { Quiet } from './quiet';
import type { Finished, Outcome } from './transfer-events';
import { maxEntries, type Offer, type TransferHead } from './transfer-head';

type FileEntry = {
  readonly what?: 'file' | undefined;
  /** With slashes, below the folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Unix ms. */
  readonly modified?: number | undefined;
  readonly open: () => Promise<Source>;
};

/** Others come with what is in them. */
type EmptyFolder = { readonly what: 'empty-folder'; readonly path: string; readonly size: 0 };

export type FolderEntry = FileEntry | EmptyFolder;

export type SendFolder = {
  readonly peerId: string;
  readonly name: string;
  readonly entries: readonly FolderEntry[];
  /** By what `openFolder` finds it again after a restart. */
  readonly place?: string | undefined;
};

export type FolderParts = OutgoingParts & {
  /** The entries of a folder that an earlier process began to send; nothing when it is gone. */
  readonly openFolder: (record: OutgoingRecord) => Promise<readonly FolderEntry[] | undefined>;
};

type Folder = {
  readonly record: OutgoingRecord;
  entries: readonly FolderEntry[];
  /** `ended`: all files have arrived, and the peer is told so. */
  state: 'offered' | 'sending' | 'ended' | 'over';
  readonly quiet: Quiet;
  current: string | undefined;
  settle: (finished: Finished) => void;
};

const noBytes = new Uint8Array(0);

/** Folders: one question, and then one file, or empty folder, after the other. */
export class OutgoingFolders {
  private readonly folders = new Map<string, Folder>();

  constructor(
    private readonly parts: FolderParts,
    private readonly files: OutgoingTransfers,
  ) {}

  async send({ peerId, name, entries, place = '' }: SendFolder): Promise<OutgoingTransfer> {
    if (entries.length > maxEntries) {
      throw new RangeError(
        `A folder may have ${maxEntries} files, not ${entries.length}: send it in parts, or as an archive.`,
      );
    }
    const id = this.parts.newId();
    const size = entries.reduce((bytes, entry) => bytes + entry.size, 0);
    const chunk = this.files.chunkBytes();
    const record = { what: 'folder', peerId, id, name, size, chunk, place, since: this.parts.now() } as const;
    await this.files.records.put(record);
    return this.begin(record, entries);
  }

  async resume(): Promise<void> {
    for (const record of await this.files.records.list()) {
      if (record.what !== 'folder') continue;
      const entries = await this.parts.openFolder(record);
      if (entries !== undefined) await this.begin(record, entries);
      else await this.files.records.remove(record.peerId, record.id);
    }
  }

  async handle(peerId: string, head: TransferHead): Promise<'handled' | 'unknown'> {
    const folder = this.folders.get(keyOf(peerId, head.id));
    if (folder === undefined) return 'unknown';
    folder.quiet.heard(this.parts.now());
    switch (head.t) {
      case 'accept':
        if (folder.state === 'offered') this.start(folder);
        else if (folder.state === 'ended') await this.sendEnd(folder);
        break;
      case 'refuse':
        await this.end(folder, 'refused', head.why);
        break;
      case 'cancel':
        await this.end(folder, 'cancelled', head.why);
        break;
      case 'done':
        await this.end(folder, head.ok ? 'done' : 'failed', head.ok ? '' : 'It arrived damaged: send it again.');
        break;
      default:
    }
    return 'handled';
  }

  async cancel(peerId: string, id: string, why: string): Promise<void> {
    const folder = this.folders.get(keyOf(peerId, id));
    if (folder === undefined) return;
    const { current } = folder;
    await this.end(folder, 'cancelled', why);
    await this.post(folder, { t: 'cancel', id, why });
    if (current !== undefined) await this.files.cancel(peerId, current, why);
  }

  /** Its files ask for themselves. */
  async tick(): Promise<void> {
    for (const folder of this.folders.values()) {
      if (folder.state !== 'sending' && folder.quiet.isTooLong(this.parts.now()))
        await this.sendOffer(folder).catch(() => {});
    }
  }

  /** What was under way with this peer is lost. */
  async offerAgain(peerId: string): Promise<void> {
    for (const [key, folder] of this.folders) {
      if (key.startsWith(keyOf(peerId, '')) && folder.state !== 'sending') await this.sendOffer(folder);
    }
  }

  /** Nothing is said to the peer. */
  async forget(peerId: string, why: string): Promise<void> {
    for (const [key, folder] of this.folders) {
      if (key.startsWith(keyOf(peerId, ''))) await this.end(folder, 'cancelled', why);
    }
  }

  close(): void {
    for (const folder of this.folders.values()) folder.state = 'over';
    this.folders.clear();
  }

  private async begin(record: OutgoingRecord, entries: readonly FolderEntry[]): Promise<OutgoingTransfer> {
    const { peerId, id, chunk } = record;
    let settle!: (finished: Finished) => void;
    const over = new Promise<Finished>((resolve) => {
      settle = resolve;
    });
    const folder: Folder = { record, entries, state: 'offered', quiet: new Quiet(), current: undefined, settle };
    this.folders.set(keyOf(peerId, id), folder);
    await this.sendOffer(folder);
    const messages = entries.reduce((sum, entry) => sum + Math.max(1, Math.ceil(entry.size / chunk)), 0);
    return { id, over, estimateSeconds: this.files.estimateSeconds(messages * chunk, chunk) };
  }

  private async sendOffer(folder: Folder): Promise<void> {
    const { id, name, size = 0, chunk } = folder.record;
    const offer: Offer = { t: 'offer', id, name, size, chunk, entries: folder.entries.length };
    await this.post(folder, offer);
  }

  private async sendEnd(folder: Folder): Promise<void> {
    const { id, size = 0 } = folder.record;
    await this.post(folder, { t: 'end', id, sha256: '0'.repeat(64), size });
  }

  private start(folder: Folder): void {
    folder.state = 'sending';
    // Whatever goes wrong ends the folder with a sentence.
    void this.sendAll(folder).catch((error: unknown) => this.fail(folder, error));
  }

  private async sendAll(folder: Folder): Promise<void> {
    const { chunk } = folder.record;
    for (const entry of folder.entries) {
      if (folder.state !== 'sending') return;
      const finished = await this.sendOne(folder, entry, chunk);
      if (finished.outcome !== 'done') throw new Error(finished.sentence || `${entry.path} did not arrive.`);
    }
    if (folder.state !== 'sending') return;
    folder.state = 'ended';
    await this.sendEnd(folder);
  }

  private async sendOne({ record, ...folder }: Folder, entry: FolderEntry, chunk: number): Promise<Finished> {
    const id = fileId(record.id, entry.path);
    folder.current = id;
    const { peerId, id: group } = record;
    const name = entry.path.split('/').at(-1)!;
    const { over } = await this.files.begin({ peerId, id, name, group, path: entry.path, ...contentOf(entry) }, chunk);
    return over;
  }

  private async fail(folder: Folder, error: unknown): Promise<void> {
    if (folder.state === 'over') return;
    const why = error instanceof Error ? error.message : 'A file can’t be sent.';
    await this.end(folder, 'failed', why);
    await this.post(folder, { t: 'cancel', id: folder.record.id, why: 'The sender can’t send it.' }).catch(() => {});
  }

  private async end(folder: Folder, outcome: Outcome, sentence: string): Promise<void> {
    if (folder.state === 'over') return;
    folder.state = 'over';
    const { peerId, id } = folder.record;
    this.folders.delete(keyOf(peerId, id));
    const finished: Finished = { direction: 'out', peerId, id, outcome, sentence };
    this.parts.emit({ name: 'finished', ...finished });
    folder.settle(finished);
    // A record that stays is offered again after a restart, and answered as before.
    await this.files.records.remove(peerId, id).catch(() => {});
  }

  private async post({ record }: Folder, head: TransferHead): Promise<void> {
    const { accepted } = await this.parts.post.post(record.peerId, head, noBytes);
    accepted.catch(() => {});
  }
}

function contentOf(entry: FolderEntry): Pick<FileToSend, 'size' | 'modified' | 'entries' | 'open'> {
  if (entry.what !== 'empty-folder') return { size: entry.size, modified: entry.modified, open: entry.open };
  return { size: 0, entries: 0, open: async () => ({ size: 0, read: async () => noBytes }) };
}

/** The same after a restart, so that a file which has arrived does not go again. */
function fileId(group: string, path: string): string {
  return toHex(sha256(utf8(`${group}\0${path}`)).subarray(0, 16));
}

function keyOf(peerId: string, id: string): string {
  return `${peerId.toUpperCase()}:${id}`;
}
