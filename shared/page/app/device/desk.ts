import { Device, type DeviceEvents, type IncomingRecord, IndexedDbStore, RelayError } from '@openrelay/client';
import { Database } from '../storage/database';
import { type Entry, fileEntryId, isOver } from '../storage/entry';
import { History } from '../storage/history';
import { KeptFiles } from '../storage/kept-files';
import { openIdentity } from '../storage/own-identity';
import { isPicture } from './pictures';
import { sentenceOf } from './sentence';

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

/** The device of this browser, and what it keeps of what was sent and came. */
export class Desk {
  private unsubscribe: (() => void)[] = [];

  private constructor(
    readonly device: Device,
    readonly database: Database,
    readonly history: History,
    readonly files: KeptFiles,
    private readonly options: DeskOptions,
  ) {}

  static async open(options: DeskOptions): Promise<Desk> {
    const { relayUrl, name, databases } = options;
    const database = await Database.open(databases.page);
    const [history, files] = [await History.open(database), new KeptFiles(database)];
    const device = await Device.open({
      relayUrl,
      name,
      store: await IndexedDbStore.open(databases.device),
      identity: await openIdentity(database, name),
      files: { openSink: async (record) => files.sink(record), openSource: (record) => files.source(record) },
      onMessage: async ({ peer, messageId, content }) => {
        const what = whatOf(content);
        const entry = { id: messageId, peerId: peer.id, direction: 'in', at: Date.now(), what } as const;
        if (what !== undefined) await history.add({ ...entry, what, state: { is: 'done' } });
      },
      handlers: {
        offer: (offer) => void history.add(entryOfOffer(offer)).catch((error) => options.notice(sentenceOf(error))),
        progress: ({ direction, peerId, id, bytes }) => {
          const entryId = fileEntryId(direction, peerId, id);
          const state = history.get(entryId)?.state;
          const estimateSeconds = state?.is === 'moving' ? state.estimateSeconds : 0;
          history.showProgress(entryId, { is: 'moving', bytes, estimateSeconds });
        },
      },
    });
    const desk = new Desk(device, database, history, files, options);
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
    if (isPicture(file.type) && file.size <= mostImageBytes) return this.sendImage(peerId, file);
    const place = `out:${crypto.randomUUID()}`;
    const { name = 'clipboard', type: mime, size, lastModified: modified } = file;
    await this.files.put(place, file);
    const source = await this.files.source({ place });
    if (source === undefined) return;
    const sent = await this.device.sendFile({ peerId, name, source, mime, modified, place }).catch(async (error) => {
      await this.files.remove(place);
      throw error;
    });
    await this.history.add({
      id: fileEntryId('out', peerId, sent.id),
      peerId,
      direction: 'out',
      at: Date.now(),
      what: { kind: 'file', transferId: sent.id, name, mime, size, place },
      state: { is: 'moving', bytes: 0, estimateSeconds: sent.estimateSeconds },
    });
    void sent.over.then((finished) => this.finished(finished));
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
  async decline({ peerId, direction, state, what }: Entry): Promise<void> {
    if (what.kind !== 'file') return;
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
      device.on('finished', (finished) => void this.finished(finished)),
      device.on('forgotten', tell),
      device.on('session', tell),
      device.on('introduction', tell),
      device.on('handlerFailed', (error) => options.notice(sentenceOf(error))),
      device.outbox.on('accepted', () => void this.settleEarlier()),
    ];
    if (device.peers.damagedKeys.length > 0) {
      options.notice('What this browser kept of some devices is damaged: pair again with those that are missing.');
    }
    // Offers that came while another version of this page could not keep them.
    for (const offer of await device.transfers.incomingList()) {
      if (offer.phase === 'offered') await this.history.add(entryOfOffer(offer));
    }
    await this.settleEarlier();
  }

  private async sendImage(peerId: string, file: Blob): Promise<void> {
    const image = new Uint8Array(await file.arrayBuffer());
    const what = { kind: 'image', mime: file.type, bytes: file } as const;
    await this.send({ peerId, what }, () => this.device.send(peerId, { image, mime: file.type }));
  }

  private async send(shown: Pick<Entry, 'peerId' | 'what'>, send: () => Promise<unknown>): Promise<void> {
    const id = crypto.randomUUID();
    await this.history.add({ ...shown, id, direction: 'out', at: Date.now(), state: { is: 'waiting' } });
    try {
      await send();
      await this.history.setState(id, { is: 'done' });
    } catch (error) {
      // The page lets go of the device: what is kept goes out when it is opened again.
      if (error instanceof RelayError && error.code === 'closed') return;
      await this.history.setState(id, { is: 'failed', sentence: sentenceOf(error) });
    }
  }

  /** What an earlier page left to the outbox has gone when the outbox is empty. */
  private async settleEarlier(): Promise<void> {
    if (this.device.outbox.size > 0) return;
    for (const { id, state } of this.history.list()) {
      if (state.is === 'waiting') await this.history.setState(id, { is: 'done' });
    }
  }

  private async finished({ direction, peerId, id, outcome, sentence }: DeviceEvents['finished']): Promise<void> {
    const entry = this.history.get(fileEntryId(direction, peerId, id));
    if (entry === undefined || isOver(entry.state) || entry.what.kind !== 'file') return;
    const { mime, size = 0, place } = entry.what;
    const why = sentence === '' ? failedSentence(direction, outcome) : sentence;
    await this.history.setState(entry.id, outcome === 'done' ? { is: 'done' } : { is: 'failed', sentence: why });
    const isSeen = outcome === 'done' && isPicture(mime) && size <= mostShownBytes;
    if (direction === 'out' && !isSeen) await this.files.remove(place);
  }
}

function failedSentence(direction: 'in' | 'out', outcome: DeviceEvents['finished']['outcome']): string {
  if (outcome === 'refused') return direction === 'in' ? 'You refused it.' : 'It was refused on the other device.';
  return outcome === 'cancelled' ? 'It was stopped.' : 'It did not arrive: send it again.';
}

function whatOf(content: object): Entry['what'] | undefined {
  if ('text' in content && typeof content.text === 'string') return { kind: 'text', text: content.text };
  if (!('image' in content) || !('mime' in content)) return undefined;
  const [image, mime] = [content.image as Uint8Array, String(content.mime)];
  return { kind: 'image', mime, bytes: new Blob([Uint8Array.from(image)], { type: mime }) };
}

function entryOfOffer({ peerId, id, name, mime = '', size, at, entries }: IncomingRecord): Entry {
  const entryId = fileEntryId('in', peerId, id);
  const what = { kind: 'file', transferId: id, name, mime, size, place: entryId } as const;
  const isFolder = entries !== undefined;
  const sentence = 'A browser takes no folders: send its files, or a zip of it.';
  const state = isFolder ? ({ is: 'failed', sentence } as const) : ({ is: 'offered' } as const);
  return { id: entryId, peerId, direction: 'in', at, what, state };
}
