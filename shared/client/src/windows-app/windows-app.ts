import type { Accepted, ReceivedMessage } from '../connection/index';
import { type Peer, shownName } from '../peers/index';
import { AppClips } from './app-clips';
import { type AppMessage, readAppMessage } from './app-message';
import { AppPairing, type AwaitAppOptions, type PairAppOptions } from './app-pairing';
import { ClipChunks } from './clip-chunks';
import type { AppContent } from './echo-memory';
import type { LegacyRecord } from './legacy-records';
import { WindowsAppError } from './windows-app-error';
import type { WindowsAppEvent, WindowsAppParts } from './windows-app-parts';

type Clip = Extract<AppMessage, { is: 'clip' }>;

/** The app's own lifetime of messages; longer, and an old clip overwrites what was copied since. */
const mostTtlSeconds = 300;
/** Beyond what the relay keeps of an app's messages, whatever the clocks say. */
const mostAgeMs = 15 * 60_000;

/** Windows apps as peers: what they say can be read and forged by the relay that carried the pairing, and by nobody else. */
export class WindowsApp {
  private readonly pairing: AppPairing;
  private readonly clips: AppClips;
  private readonly chunks = new Map<string, ClipChunks>();

  constructor(private readonly parts: WindowsAppParts) {
    this.pairing = new AppPairing({ ...parts, forget: (id: string) => this.forget(id) });
    this.clips = new AppClips(parts);
  }

  /** Whom the relay must let through now, beside the peers. */
  get awaits(): AppPairing['awaits'] {
    return this.pairing.awaits;
  }

  /** This device asks the app with this relay id; its user has five minutes. Rejects with a WindowsAppError. */
  pair(appId: string, options?: PairAppOptions): Promise<Peer> {
    return this.told(this.pairing.pair(appId, options));
  }

  /** For five minutes: the app asks, and `ask` this device's user. Rejects with a WindowsAppError. */
  awaitRequest(options: AwaitAppOptions): Promise<Peer> {
    return this.told(this.pairing.awaitRequest(options));
  }

  async send(peer: Peer, content: AppContent, ttlSeconds: number): Promise<Accepted> {
    const record = this.parts.records.get(peer.id);
    if (record === undefined) throw new WindowsAppError('key', `The key of ${shownName(peer)} is lost: pair again.`);
    return this.clips.send(peer, record, content, Math.min(ttlSeconds, mostTtlSeconds));
  }

  /** The app is told nothing, as it knows no word for it. */
  async forget(id: string): Promise<void> {
    const { peers, records } = this.parts;
    await peers.forget(id, records.changeWithout(id));
    records.removed(id);
    this.clips.forget(id);
    this.chunks.delete(id);
  }

  /** Takes what an app says; `not-its` is everything else. Resolves when it was handled, and may be acked. */
  async receive(message: ReceivedMessage): Promise<'taken' | 'not-its'> {
    const said = readAppMessage(message.data);
    if (said === undefined) return 'not-its';
    const known = this.parts.peers.get(message.senderId);
    if (known !== undefined && known.kind !== 'legacy') {
      const sentence = `Something that anybody could have written came in the name of ${shownName(known)}, and was dropped.`;
      this.tell('refused', message.senderId, sentence);
      return 'taken';
    }
    await this.heard(message, said);
    return 'taken';
  }

  private async told(pairing: Promise<Peer>): Promise<Peer> {
    const peer = await pairing;
    this.parts.paired(peer);
    return peer;
  }

  private async heard(message: ReceivedMessage, said: AppMessage): Promise<void> {
    const { senderId } = message;
    switch (said.is) {
      case 'request':
        if (this.pairing.requested(said, senderId) === 'unasked') this.unasked(senderId);
        return;
      case 'response':
        this.pairing.answered(said, senderId);
        return;
      case 'clip':
        return this.clip(message, said);
      case 'chunk': {
        const data = this.chunksOf(senderId, said.localId)?.add(said, this.parts.now());
        return data === undefined ? undefined : this.clip(message, { ...said, is: 'clip', data });
      }
      case 'other':
        return;
      default:
        said satisfies never;
    }
  }

  private async clip(message: ReceivedMessage, { localId, format, data, keyId }: Clip): Promise<void> {
    const { senderId, messageId, timestampSeconds } = message;
    const record = this.recordOf(senderId, localId);
    if (record === undefined) return;
    if (this.parts.now() - timestampSeconds * 1000 > mostAgeMs) {
      return this.tell(
        'refused',
        record.id,
        'An old clip was sent again, or the clock of a Windows app is wrong: dropped.',
      );
    }
    const content = await this.clips.open(record, format, data);
    if (content === 'nothing') return;
    if (content === 'not-its') {
      return this.tell('refused', record.id, 'A clip of a Windows app can’t be read: pair with it again.');
    }
    const peer = await this.asOfNow(record, senderId, keyId);
    if (peer !== undefined) await this.parts.message(peer, messageId, content);
  }

  /** By its hardware id; or by its own id, as the former changes with a machine's name: what it sealed then tells. */
  private recordOf(senderId: string, localId: string): LegacyRecord | undefined {
    const { peers, records } = this.parts;
    const record = records.get(senderId) ?? records.withLocalId(localId);
    // It may be paired better meanwhile.
    return record !== undefined && peers.get(record.id)?.kind === 'legacy' ? record : undefined;
  }

  private async asOfNow(record: LegacyRecord, senderId: string, keyId: number): Promise<Peer | undefined> {
    const { peers, records } = this.parts;
    const peer = peers.get(record.id);
    if (peer === undefined) return undefined;
    const id = senderId.toUpperCase();
    if (id !== record.id) return this.move(peer, record, senderId);
    if (keyId !== record.keyId || senderId !== record.address)
      await records.put({ ...record, keyId, address: senderId });
    return peer;
  }

  private async move(peer: Peer, record: LegacyRecord, address: string): Promise<Peer> {
    const { peers, records } = this.parts;
    const id = address.toUpperCase();
    const moved = { ...record, id, address, key: record.key.slice() };
    const kept = await peers.add({ ...peer, id }, records.changeTo(moved));
    records.wrote(moved);
    await this.forget(record.id);
    this.tell('moved', id, `${shownName(kept)} has another id now, as after its machine was renamed.`);
    return kept;
  }

  private chunksOf(senderId: string, localId: string): ClipChunks | undefined {
    const record = this.recordOf(senderId, localId);
    if (record === undefined) return undefined;
    const chunks = this.chunks.get(record.id) ?? new ClipChunks();
    this.chunks.set(record.id, chunks);
    return chunks;
  }

  private unasked(senderId: string): void {
    const sentence =
      'A Windows app asks to be paired with this device. To let it, run `openrelay pair --windows`, and ask again there.';
    this.tell('asked', senderId, sentence);
  }

  private tell(name: WindowsAppEvent['name'], peerId: string, sentence: string): void {
    this.parts.emit({ name, peerId, sentence });
  }
}
