import {
  Device,
  type DeviceEvents,
  type IncomingRecord,
  IndexedDbStore,
  type OutboxEvents,
  type OutgoingTransfer,
  RelayError,
  shownName,
} from '@openrelay/client';
import { Database } from '../storage/database';
import { type Entry, fileEntryId, isOver } from '../storage/entry';
import type { FolderFile } from '../storage/folder-file';
import { History } from '../storage/history';
import { KeptFiles } from '../storage/kept-files';
import { openIdentity } from '../storage/own-identity';
import { fileAccess, type Kept, keepMessage, showProgress } from './kept';
import { MovedBytes } from './moved-bytes';
import { isPicture } from './pictures';
import { sentenceOf } from './sentence';
import { entryOfOffer, failedSentence } from './shown';
import { toldSource } from './told-source';

export type DeskOptions = {
  readonly relayUrl: string;
  /** Of a device that is made now. */
  readonly name: string;
  readonly databases: { readonly device: string; readonly page: string };
  readonly notice: (sentence: string) => void;
};

/** An image of so many bytes fits into one message; a larger one goes as a file. */
const mostImageBytes = 45_000;
/** What was sent stays to be seen up to this size; the sender has larger ones anyway. */
const mostShownBytes = 5_000_000;

/** The first may be a passing one. */
const refusalsThatCount = 2;

/** The device of this browser, and what it keeps of what was sent and came. */
export class Desk {
  readonly database: Database;
  readonly history: History;
  readonly files: KeptFiles;
  private unsubscribe: (() => void)[] = [];
  /** Entries that wait for a promise of this page's. */
  private readonly underWay = new Set<string>();
  /** By peer, how often the relay did not take what is for it. */
  private readonly held = new Map<string, number>();
  /** Entries that this user has ended. */
  private readonly declined = new Set<string>();

  private constructor(
    readonly device: Device,
    kept: Kept,
    private readonly options: DeskOptions,
    private readonly moved: MovedBytes,
  ) {
    this.database = kept.database;
    this.history = kept.history;
    this.files = kept.files;
  }

  static async open(options: DeskOptions): Promise<Desk> {
    const { relayUrl, name, databases } = options;
    const database = await Database.open(databases.page);
    const kept = { database, history: await History.open(database), files: new KeptFiles(database) };
    const moved = new MovedBytes();
    // What ends before there is a desk is told to it then.
    let tellDesk: (desk: Desk) => void = () => {};
    const opened = new Promise<Desk>((resolve) => {
      tellDesk = resolve;
    });
    const device = await Device.open({
      relayUrl,
      name,
      store: await IndexedDbStore.open(databases.device),
      identity: await openIdentity(database, name),
      files: fileAccess(kept),
      onMessage: (message) => keepMessage(kept.history, message),
      handlers: {
        finished: (finished) => void opened.then((desk) => desk.finished(finished)),
        offer: (offer) =>
          void kept.history.add(entryOfOffer(offer)).catch((error) => options.notice(sentenceOf(error))),
        progress: (progress) => showProgress(kept.history, moved, progress),
      },
    });
    const desk = new Desk(device, kept, options, moved);
    tellDesk(desk);
    await desk.begin();
    return desk;
  }

  async sendText(peerId: string, text: string): Promise<void> {
    await this.send({ peerId, what: { kind: 'text', text } }, () => this.device.send(peerId, { text }));
  }

  /** A picture that is small goes as a message, and can be pasted at once on the other side. */
  async sendFile(
    peerId: string,
    file: Blob & { readonly name?: string; readonly lastModified?: number },
  ): Promise<void> {
    const isMessage = file.size <= mostImageBytes || this.device.peers.get(peerId)?.kind === 'legacy';
    if (isPicture(file.type) && isMessage) return this.sendImage(peerId, file);
    const place = `out:${crypto.randomUUID()}`;
    const { name = 'clipboard', type: mime, size, lastModified: modified } = file;
    await this.files.put(place, file);
    const source = await this.files.source({ place });
    if (source === undefined) return;
    let entryId = '';
    const told = toldSource(source, (bytes) => this.history.showMoved(entryId, bytes));
    const sent = await this.device
      .sendFile({ peerId, name, source: told, mime, modified, place })
      .catch(async (error) => {
        await this.files.remove(place);
        throw error;
      });
    entryId = fileEntryId('out', peerId, sent.id);
    await this.follow(peerId, sent, { kind: 'file', transferId: sent.id, name, mime, size, place });
  }

  async sendFolder(peerId: string, name: string, files: readonly FolderFile[]): Promise<void> {
    const place = `out:${crypto.randomUUID()}`;
    await this.files.putFolder(place, files);
    const entries = (await this.files.folderSource({ place })) ?? [];
    const sent = await this.device.sendFolder({ peerId, name, entries, place }).catch(async (error) => {
      await this.files.remove(place);
      throw error;
    });
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    const what = { kind: 'file', transferId: sent.id, name, mime: '', size, place, entries: entries.length } as const;
    await this.follow(peerId, sent, what);
  }

  async accept({ peerId, what }: Entry): Promise<void> {
    if (what.kind !== 'file') return;
    const estimateSeconds = this.device.transfers.estimateSeconds(what.size ?? 0);
    await this.history.setState(fileEntryId('in', peerId, what.transferId), {
      is: 'moving',
      bytes: 0,
      estimateSeconds,
    });
    await this.device.transfers.accept(peerId, what.transferId, what.place);
  }

  /** Refuses what is offered, stops what is under way. */
  async decline({ id, peerId, direction, state, what }: Entry): Promise<void> {
    if (what.kind !== 'file') return;
    this.declined.add(id);
    const { transfers, identity } = this.device;
    if (state.is === 'offered') await transfers.refuse(peerId, what.transferId, `${identity.name} does not want it.`);
    else await transfers.cancel(direction, peerId, what.transferId, `${identity.name} stopped it.`);
  }

  async forget(peerId: string): Promise<void> {
    await this.device.forget(peerId);
    for (const entry of this.history.list(peerId)) await this.history.remove(entry);
  }

  async close(): Promise<void> {
    for (const stop of this.unsubscribe) stop();
    await this.device.close();
  }

  private async begin(): Promise<void> {
    const { device, options } = this;
    const tell = (event: object) => {
      if ('sentence' in event && event.sentence !== '') options.notice(String(event.sentence));
    };
    this.unsubscribe = [
      device.on('forgotten', tell),
      device.on('session', tell),
      device.on('introduction', tell),
      device.on('windowsApp', tell),
      device.on('handlerFailed', (error) => options.notice(sentenceOf(error))),
      device.outbox.on('accepted', () => void this.settleEarlier()),
      device.outbox.on('accepted', ({ recipientId }) => this.held.delete(recipientId)),
      device.outbox.on('delayed', (delayed) => this.delayed(delayed)),
      device.outbox.on('rejected', ({ recipientId, error }) => void this.failEarlier(recipientId, error)),
    ];
    if (device.peers.damagedKeys.length > 0) {
      options.notice('What this browser kept of some devices is damaged: pair again with those that are missing.');
    }
    await this.settleTransfers();
    await this.settleEarlier();
  }

  /** The page keeps its entries beside the device's records: one that closed between the two left them apart. */
  private async settleTransfers(): Promise<void> {
    const { transfers } = this.device;
    // First: what comes from now on tells of itself.
    const entries = this.history.list();
    const incoming = new Map<string, IncomingRecord>();
    for (const record of await transfers.incomingList())
      incoming.set(fileEntryId('in', record.peerId, record.id), record);
    const outgoing = new Set((await transfers.outgoingList()).map(({ peerId, id }) => fileEntryId('out', peerId, id)));
    for (const record of incoming.values()) {
      if (record.phase === 'offered' && record.group === undefined) await this.history.add(entryOfOffer(record));
    }
    for (const entry of entries) {
      if (entry.what.kind !== 'file' || isOver(entry.state)) continue;
      const record = incoming.get(entry.id);
      if (record?.phase === 'offered' && entry.state.is === 'moving') await this.accept(entry);
      if (record === undefined && !outgoing.has(entry.id)) await this.settleEnded(entry, entry.what.place);
    }
  }

  private async settleEnded({ id, direction }: Entry, place: string): Promise<void> {
    const isHere = direction === 'in' && (await this.files.has(place));
    const sentence =
      direction === 'in'
        ? 'It ended without this page: ask for it again.'
        : 'It ended without this page: it may have arrived.';
    await this.history.setState(id, isHere ? { is: 'done' } : { is: 'failed', sentence });
  }

  /** Shows what is on its way, to its end. */
  private async follow(peerId: string, sent: OutgoingTransfer, what: Entry['what']): Promise<void> {
    const id = fileEntryId('out', peerId, sent.id);
    const state = { is: 'moving', bytes: 0, estimateSeconds: sent.estimateSeconds } as const;
    await this.history.add({ id, peerId, direction: 'out', at: Date.now(), what, state });
    void sent.over.then((finished) => this.finished(finished));
  }

  private async sendImage(peerId: string, file: Blob): Promise<void> {
    const image = new Uint8Array(await file.arrayBuffer());
    const what = { kind: 'image', mime: file.type, bytes: file } as const;
    await this.send({ peerId, what }, () => this.device.send(peerId, { image, mime: file.type }));
  }

  private async send(shown: Pick<Entry, 'peerId' | 'what'>, send: () => Promise<unknown>): Promise<void> {
    const id = crypto.randomUUID();
    this.underWay.add(id);
    await this.history.add({ ...shown, id, direction: 'out', at: Date.now(), state: { is: 'waiting' } });
    try {
      await send();
      await this.history.setState(id, { is: 'done' });
    } catch (error) {
      // The page lets go of the device: what is kept goes out when it is opened again.
      if (error instanceof RelayError && error.code === 'closed') return;
      await this.history.setState(id, { is: 'failed', sentence: sentenceOf(error) });
    } finally {
      this.underWay.delete(id);
    }
  }

  /** A full queue empties, mostly; a peer that has forgotten this device looks the same to it. */
  private delayed({ recipientId, error }: OutboxEvents['delayed']): void {
    if (error.code !== 507 && error.code !== 404) return;
    const times = (this.held.get(recipientId) ?? 0) + 1;
    this.held.set(recipientId, times);
    const peer = this.device.peers.get(recipientId);
    if (times !== refusalsThatCount || peer === undefined) return;
    this.options.notice(
      `${shownName(peer)} takes nothing more of this device now: too much waits for it already, or it has forgotten this device, and the two must pair again.`,
    );
  }

  /** What an earlier page left to the outbox has gone when the outbox is empty. */
  private async settleEarlier(): Promise<void> {
    if (this.device.outbox.size > 0) return;
    for (const { id } of this.earlier()) await this.history.setState(id, { is: 'done' });
  }

  /** Which of them it was is not known: better said of all than of none. */
  private async failEarlier(recipientId: string, error: Error): Promise<void> {
    for (const { id, peerId } of this.earlier()) {
      if (peerId !== recipientId.toUpperCase()) continue;
      await this.history.setState(id, { is: 'failed', sentence: `It may not have gone out: ${sentenceOf(error)}` });
    }
  }

  private earlier(): Entry[] {
    return this.history.list().filter(({ id, state }) => state.is === 'waiting' && !this.underWay.has(id));
  }

  private async finished({ direction, peerId, id, outcome, sentence }: DeviceEvents['finished']): Promise<void> {
    const entry = this.history.get(fileEntryId(direction, peerId, id));
    if (entry === undefined || isOver(entry.state) || entry.what.kind !== 'file') return;
    const { mime, size = 0, place, entries } = entry.what;
    this.moved.over(entry.id);
    const isOwn = this.declined.has(entry.id) || sentence === '';
    const why = isOwn ? failedSentence(direction, outcome) : sentence;
    await this.history.setState(entry.id, outcome === 'done' ? { is: 'done' } : { is: 'failed', sentence: why });
    const isSeen = outcome === 'done' && isPicture(mime) && size <= mostShownBytes;
    if (direction === 'out' && !isSeen) await this.files.remove(place);
    if (direction === 'in' && entries !== undefined && outcome !== 'done') await this.files.removeFolder(place);
  }
}
