import type { Head } from '../sessions/content';
import type { IncomingRecord } from './incoming-record';
import { type IncomingParts, IncomingTransfers } from './incoming-transfers';
import { type FolderParts, OutgoingFolders, type SendFolder } from './outgoing-folders';
import type { OutgoingRecord } from './outgoing-record';
import { type OutgoingTransfer, OutgoingTransfers, type SendFile } from './outgoing-transfers';
import { readTransferHead } from './transfer-head';

export type TransferParts = IncomingParts & FolderParts;

/** Files, streams and folders, both ways. */
export class Transfers {
  private readonly incoming: IncomingTransfers;
  private readonly files: OutgoingTransfers;
  private readonly folders: OutgoingFolders;

  constructor(parts: TransferParts) {
    this.incoming = new IncomingTransfers(parts);
    this.files = new OutgoingTransfers(parts);
    this.folders = new OutgoingFolders(parts, this.files);
  }

  async sendFile(file: SendFile): Promise<OutgoingTransfer> {
    return this.files.send(file);
  }

  async sendFolder(folder: SendFolder): Promise<OutgoingTransfer> {
    return this.folders.send(folder);
  }

  /** How long so many bytes take under the relay's limits. */
  estimateSeconds(size: number): number {
    return this.files.estimateSeconds(size);
  }

  /** Offers that wait for an answer, and what is under way to this device. */
  async incomingList(): Promise<IncomingRecord[]> {
    return this.incoming.list();
  }

  /** What this device sends, also what waits to be accepted. */
  async outgoingList(): Promise<OutgoingRecord[]> {
    return this.files.records.list();
  }

  /** @param place whatever `openSink` needs to know */
  async accept(peerId: string, id: string, place: string): Promise<void> {
    await this.incoming.accept(peerId, id, place);
  }

  /** @param why the sender's user reads it */
  async refuse(peerId: string, id: string, why: string): Promise<void> {
    await this.incoming.refuse(peerId, id, why);
  }

  /** From either side. @param why the other side's user reads it */
  async cancel(direction: 'in' | 'out', peerId: string, id: string, why: string): Promise<void> {
    if (direction === 'in') return this.incoming.cancel(peerId, id, why);
    await this.folders.cancel(peerId, id, why);
    await this.files.cancel(peerId, id, why);
  }

  /** To be called when the peer was paired again: what was on its way to it under the former keys is lost. */
  async offerAgain(peerId: string): Promise<void> {
    await this.folders.offerAgain(peerId);
    await this.files.offerAgain(peerId);
  }

  /** Ends whatever is under way with a peer that is trusted no more, and takes away what was written of it. */
  async forget(peerId: string): Promise<void> {
    const why = 'The other device was forgotten.';
    await this.folders.forget(peerId, why);
    await this.files.forget(peerId, why);
    await this.incoming.forget(peerId);
  }

  /** What a peer said, once or again. */
  async handle(peerId: string, head: Head, body: Uint8Array): Promise<void> {
    const read = readTransferHead(head);
    if (read === undefined) return;
    switch (read.t) {
      case 'offer':
      case 'chunk':
      case 'end':
        return this.incoming.handle(peerId, read, body);
      case 'cancel':
        // Ids are each sender's own: the other direction may have the same.
        if ((await this.folders.handle(peerId, read)) === 'handled') return;
        if ((await this.files.handle(peerId, read)) === 'handled') return;
        return this.incoming.handle(peerId, read, body);
      default:
        if ((await this.folders.handle(peerId, read)) === 'unknown') await this.files.handle(peerId, read);
    }
  }

  /** At the start: goes on with what an earlier process sent, and takes away what it left of what is over. */
  async resume(): Promise<void> {
    await this.incoming.resume();
    await this.folders.resume();
    await this.files.resume();
  }

  /** To be called every minute or so. */
  async tick(): Promise<void> {
    await this.folders.tick();
    await this.files.tick();
    await this.incoming.tick();
  }

  async close(): Promise<void> {
    this.folders.close();
    await this.files.close();
    await this.incoming.close();
  }
}
