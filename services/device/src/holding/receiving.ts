import { statfs } from 'node:fs/promises';
import {
  type Device,
  type DeviceMessage,
  type DeviceOptions,
  type Finished,
  type IncomingRecord,
  NotNow,
  type Sink,
} from '@openrelay/client';
import { folderAgain } from '../files/disk-folder';
import { diskSink } from '../files/disk-sink';
import { diskFileAgain } from '../files/disk-source';
import { freeFolder } from '../files/free-name';
import { acceptRuleOf, type Settings } from '../settings/settings-file';
import { makeFolder } from '../stores/make-folder';
import { nameOfPeer } from './device-names';
import type { ClipTaker } from './extension';
import type { Log } from './log';
import type { ReceivedItems } from './received-items';
import { saveImage } from './save-image';

export type ReceivingParts = {
  readonly items: ReceivedItems;
  readonly settings: () => Promise<Settings>;
  /** Where files go when the settings say nothing. */
  readonly defaultFolder: string;
  /** Who takes what is for a clipboard; nobody where there is none. */
  readonly clips: () => Promise<ClipTaker | undefined>;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
};

type Place = { readonly kind: 'file' | 'folder'; readonly path: string } | { readonly kind: 'clip' };

const mostRemembered = 1_000;

/** What becomes of what arrives: texts are kept, files go to the user's folder, by the user's rules. */
export class Receiving {
  private readonly offerListeners = new Set<(offer: IncomingRecord) => void>();
  private readonly places = new Map<string, Place>();

  constructor(private readonly parts: ReceivingParts) {}

  /** For the device's options. */
  readonly files: DeviceOptions['files'] = {
    openSink: (record) => (record.clip === undefined ? this.fileSink(record) : this.clipSink(record)),
    openSource: diskFileAgain,
    openFolder: folderAgain,
  };

  async folder(): Promise<string> {
    return (await this.parts.settings()).receive?.folder ?? this.parts.defaultFolder;
  }

  onOffer(listener: (offer: IncomingRecord) => void): () => void {
    this.offerListeners.add(listener);
    return () => void this.offerListeners.delete(listener);
  }

  /** What the disk can't take now waits at the relay: nothing is lost by it. */
  async message(message: DeviceMessage): Promise<void> {
    await this.keep(message).catch((error: Error) => {
      throw isOfTheDisk(error) ? new NotNow(error.message, { cause: error }) : error;
    });
  }

  /** What a device that was just opened tells of files. */
  attach(device: Device): void {
    const failed = (error: unknown): void =>
      this.parts.log(error instanceof Error ? error.message : String(error), 'trouble');
    device.on('offer', (offer) => void this.offered(device, offer).catch(failed));
    device.on('finished', (finished) => void this.finished(device, finished).catch(failed));
  }

  /** Files go where the user says now. */
  async take(device: Device, { peerId, id, name, entries, size = 0 }: IncomingRecord): Promise<void> {
    const folder = await this.folder();
    await makeFolder(folder, 0o700);
    if (size > (await freeBytes(folder))) {
      this.parts.log(
        `${name} from ${nameOfPeer(device.peers, peerId)} does not fit on the disk of ${folder}.`,
        'trouble',
      );
      return device.transfers.refuse(peerId, id, 'There is not enough room on the receiver’s disk.');
    }
    const place = entries === undefined ? folder : await freeFolder(folder, name);
    if (entries !== undefined) this.remember(`${peerId}:${id}`, { path: place, kind: 'folder' });
    await device.transfers.accept(peerId, id, place);
  }

  private fileSink(record: IncomingRecord): Promise<Sink> {
    return diskSink(record, { finished: (done, path) => this.placed(done, path, 'file') });
  }

  private async clipSink(record: IncomingRecord): Promise<Sink> {
    const clips = await this.parts.clips();
    if (clips === undefined) throw new Error('The receiver shares no clipboard.');
    return clips.sink(record);
  }

  private async clipOffered(device: Device, offer: IncomingRecord): Promise<void> {
    const { peerId, id } = offer;
    this.remember(`${peerId}:${id}`, { kind: 'clip' });
    const clips = await this.parts.clips();
    if (clips === undefined) return device.transfers.refuse(peerId, id, 'The receiver shares no clipboard.');
    await clips.offered(offer);
  }

  private async offered(device: Device, offer: IncomingRecord): Promise<void> {
    if (offer.clip !== undefined) return this.clipOffered(device, offer);
    const rule = acceptRuleOf(await this.parts.settings(), offer.peerId);
    const from = nameOfPeer(device.peers, offer.peerId);
    switch (rule) {
      case 'all':
        return this.take(device, offer);
      case 'none':
        this.parts.log(`${offer.name} from ${from} was refused, as the settings say.`, 'news');
        return device.transfers.refuse(offer.peerId, offer.id, 'The receiver takes no files from this device.');
      case 'ask':
        this.parts.log(`${from} offers ${offer.name}: openrelay receive --take ${offer.id.slice(0, 8)}`, 'question');
        for (const listener of this.offerListeners) listener(offer);
        return;
      default:
        rule satisfies never;
    }
  }

  private async finished(device: Device, { direction, peerId, id, group, outcome, sentence }: Finished): Promise<void> {
    if (direction === 'out' || group !== undefined) return;
    const key = `${peerId}:${id}`;
    const place = this.places.get(key);
    this.places.delete(key);
    if (place?.kind === 'clip') return;
    const name = nameOfPeer(device.peers, peerId);
    if (outcome !== 'done') {
      this.parts.log(
        `A file from ${name} did not arrive (${outcome}): ${sentence || 'no reason was given.'}`,
        'trouble',
      );
      return;
    }
    const about = { at: this.parts.now(), from: peerId, name, messageId: id };
    if (place !== undefined) await this.parts.items.add({ ...about, ...place });
  }

  private async keep({ peer, messageId, content }: DeviceMessage): Promise<void> {
    // A clipboard's content, for a device without one: it may be a secret, and is not written anywhere.
    if ('clip' in content && content.clip !== undefined && peer.kind !== 'legacy') return;
    const about = { at: this.parts.now(), from: peer.id, name: peer.alias ?? peer.name, messageId };
    if ('text' in content) return this.parts.items.add({ ...about, kind: 'text', text: content.text });
    if (!('image' in content)) {
      this.parts.log(`${about.name} sent something that this version does not know: update openrelay.`, 'trouble');
      return;
    }
    const path = await saveImage(await this.folder(), { ...content, messageId, from: peer.id });
    await this.parts.items.add({ ...about, kind: 'image', path });
  }

  private placed(record: IncomingRecord, path: string, kind: 'file'): void {
    if (record.group === undefined) this.remember(`${record.peerId}:${record.id}`, { path, kind });
    else this.remember(`${record.peerId}:${record.group}`, { path: record.place, kind: 'folder' });
  }

  private remember(key: string, place: Place): void {
    if (this.places.size >= mostRemembered) this.places.clear();
    this.places.set(key, place);
  }
}

const ofTheDisk = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE'];

function isOfTheDisk({ cause, ...error }: Error & { code?: string }): boolean {
  return ofTheDisk.includes(error.code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** Infinite where the system does not say. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
