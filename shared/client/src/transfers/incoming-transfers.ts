import { Exclusive } from '../sessions/exclusive';
import type { Store } from '../stores/store';
import { IncomingEndings } from './incoming-endings';
import { recordOfOffer } from './incoming-offer';
import { type IncomingRecord, IncomingRecords, isFolder } from './incoming-record';
import { OpenFiles } from './open-files';
import type { Sink, TransferPost } from './ports';
import { isOver } from './receiving';
import type { TransferEvent } from './transfer-events';
import type { Offer, TransferHead } from './transfer-head';

export type IncomingParts = {
  readonly store: Store;
  readonly post: TransferPost;
  readonly emit: (event: TransferEvent) => void;
  /** Unix ms. */
  readonly now: () => number;
  /**
   * For a transfer that was accepted: a new place to write to, or what an earlier process wrote (`record.next` chunks). Rejects
   * with a sentence when there is none.
   */
  readonly openSink: (record: IncomingRecord) => Promise<Sink>;
};

const noBytes = new Uint8Array(0);
/** For so long, what comes late of a transfer that is over is answered as it was. */
const rememberedMs = 8 * 24 * 60 * 60 * 1000;

/** What is sent to this device. Every method may be called again with the same: a crash makes messages come again. */
export class IncomingTransfers {
  private readonly records: IncomingRecords;
  private readonly files: OpenFiles;
  private readonly endings: IncomingEndings;
  private readonly exclusive = new Exclusive();

  constructor(private readonly parts: IncomingParts) {
    this.records = new IncomingRecords(parts.store);
    this.files = new OpenFiles(parts.openSink);
    this.endings = new IncomingEndings({ ...parts, records: this.records, files: this.files });
  }

  /** Offers that wait for an answer, and what is under way. */
  async list(): Promise<IncomingRecord[]> {
    return (await this.records.list()).filter(({ phase }) => !isOver(phase));
  }

  /** @param place whatever `openSink` needs to know */
  async accept(peerId: string, id: string, place: string): Promise<void> {
    await this.withRecord(peerId, id, async (record) => {
      if (record?.phase === 'offered') await this.begin(record, place);
    });
  }

  async refuse(peerId: string, id: string, why: string): Promise<void> {
    await this.withRecord(peerId, id, async (record) => {
      if (record?.phase !== 'offered') return;
      await this.endings.end(record, 'refused', why);
      await this.say(record, { t: 'refuse', id, why });
    });
  }

  async cancel(peerId: string, id: string, why: string): Promise<void> {
    await this.withRecord(peerId, id, async (record) => {
      if (record === undefined || isOver(record.phase)) return;
      await this.endings.end(record, 'cancelled', why);
      await this.say(record, { t: 'cancel', id, why });
    });
  }

  /** An offer, a chunk, an end, or a cancel of the sender's. */
  async handle(peerId: string, head: TransferHead, body: Uint8Array): Promise<void> {
    await this.withRecord(peerId, head.id, async (record) => {
      if (head.t === 'offer') return record === undefined ? this.offered(peerId, head) : this.offeredAgain(record);
      if (record === undefined) return this.answerUnknown(peerId, head);
      if (head.t === 'cancel') return this.cancelled(record, head.why);
      if (head.t === 'chunk' || head.t === 'end') return this.written(record, head, body);
    });
  }

  /** At the start: takes away what an earlier process left of transfers that are over. */
  async resume(): Promise<void> {
    await this.endings.resume();
  }

  /** Nothing is said to the peer. */
  async forget(peerId: string): Promise<void> {
    await this.exclusive.run(peerId.toUpperCase(), async () => {
      for (const record of await this.records.list(peerId)) {
        if (!isOver(record.phase)) await this.endings.end(record, 'cancelled', 'Its device was forgotten.');
      }
      await this.records.remove(await this.records.list(peerId));
    });
  }

  async tick(): Promise<void> {
    await this.records.forgetOlder(this.parts.now(), rememberedMs);
  }

  async close(): Promise<void> {
    await this.files.close();
  }

  /** One step at a time for each peer: its user may cancel while a chunk is written. */
  private async withRecord(
    peerId: string,
    id: string,
    step: (record: IncomingRecord | undefined) => Promise<void>,
  ): Promise<void> {
    await this.exclusive.run(peerId.toUpperCase(), async () => step(await this.records.get(peerId, id)));
  }

  private async begin(record: IncomingRecord, place: string): Promise<void> {
    const accepted = await this.put(record, { phase: 'receiving', place });
    await this.say(accepted, { t: 'accept', id: record.id, have: 0 });
  }

  private async offered(peerId: string, offer: Offer): Promise<void> {
    const group = offer.group === undefined ? undefined : await this.records.get(peerId, offer.group);
    const record = recordOfOffer(peerId, offer, group, this.parts.now());
    const isMember = group?.phase === 'receiving' && isFolder(group);
    if (record === undefined || (offer.group !== undefined && !isMember))
      return this.refuseUnseen(peerId, offer, 'It does not belong to a folder that was accepted.');
    const noRoom = await this.records.noRoom(peerId, group);
    if (noRoom !== undefined) return this.refuseUnseen(peerId, offer, noRoom);
    await this.records.put(record);
    if (isMember) return this.begin(record, group.place);
    this.parts.emit({ name: 'offered', offer: record });
  }

  private async refuseUnseen(peerId: string, { id }: Offer, why: string): Promise<void> {
    await this.post(peerId, { t: 'refuse', id, why });
  }

  /** The sender was restarted, or has heard nothing for long. */
  private async offeredAgain(record: IncomingRecord): Promise<void> {
    const { id, phase, next } = record;
    switch (phase) {
      case 'offered':
        return this.parts.emit({ name: 'offered', offer: record });
      case 'receiving':
      case 'checking':
        return this.say(record, { t: 'accept', id, have: next });
      case 'done':
        return this.say(record, { t: 'done', id, ok: true });
      case 'failed':
        return this.say(record, { t: 'done', id, ok: false });
      case 'refused':
        return this.say(record, { t: 'refuse', id, why: '' });
      case 'cancelled':
        return this.say(record, { t: 'cancel', id, why: '' });
      default:
        phase satisfies never;
    }
  }

  /** A store that lost the transfer must not let the sender go on for ever. */
  private async answerUnknown(peerId: string, head: TransferHead): Promise<void> {
    const isFirst = head.t === 'end' || (head.t === 'chunk' && head.i === 0);
    if (isFirst)
      await this.post(peerId, { t: 'cancel', id: head.id, why: 'The receiver no longer knows this transfer.' });
  }

  private async cancelled(record: IncomingRecord, why: string): Promise<void> {
    if (!isOver(record.phase)) await this.endings.end(record, 'cancelled', why);
  }

  private async written(record: IncomingRecord, head: TransferHead & { t: 'chunk' | 'end' }, body: Uint8Array) {
    if (record.phase === 'done' && head.t === 'end') return this.say(record, { t: 'done', id: record.id, ok: true });
    if (record.phase !== 'receiving' && record.phase !== 'checking') return;
    try {
      if (head.t === 'chunk') await this.chunk(record, head.i, body);
      else if (!isFolder(record)) await this.check(record, head);
      else await this.done(record);
    } catch (error) {
      await this.fail(record, error);
    }
  }

  private async chunk(record: IncomingRecord, index: number, body: Uint8Array): Promise<void> {
    if (isFolder(record)) throw new Error('A folder has no bytes of its own.');
    const file = await this.files.of(record);
    const written = await file.chunk(record, index, body);
    if (written.record === record) return;
    const { id, next, bytes, size, group, peerId } = await this.put(written.record, {});
    if (written.say === 'accept') await this.say(record, { t: 'accept', id, have: next });
    if (written.say === 'progress') await this.say(record, { t: 'progress', id, next });
    this.parts.emit({ name: 'progress', direction: 'in', peerId, id, group, bytes, size });
  }

  private async check(record: IncomingRecord, { size, sha256 }: TransferHead & { t: 'end' }): Promise<void> {
    const file = await this.files.of(record);
    const checked = record.phase === 'checking' ? 'right' : await file.check(record, size, sha256);
    switch (checked) {
      case 'incomplete':
        return this.askOnce(record);
      case 'damaged':
        await this.endings.end(record, 'failed', 'It arrived damaged: ask for it again.');
        return this.say(record, { t: 'done', id: record.id, ok: false });
      case 'right': {
        const checking = await this.put(record, { phase: 'checking' });
        await file.finish();
        return this.done(checking);
      }
      default:
        checked satisfies never;
    }
  }

  /** A sender that has nothing more says `end` again: without a bound the two would go on like this. */
  private async askOnce(record: IncomingRecord): Promise<void> {
    if (record.asked === 'yes') return;
    await this.records.put({ ...record, asked: 'yes' });
    await this.say(record, { t: 'accept', id: record.id, have: record.next });
  }

  private async done(record: IncomingRecord): Promise<void> {
    await this.endings.end(record, 'done', '');
    await this.say(record, { t: 'done', id: record.id, ok: true });
  }

  private async fail(record: IncomingRecord, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : 'It can’t be written.';
    await this.endings.end(record, 'failed', why);
    await this.say(record, { t: 'cancel', id: record.id, why: 'The receiver can’t write it.' });
  }

  private async put(
    record: IncomingRecord,
    changed: Partial<Pick<IncomingRecord, 'phase' | 'place'>>,
  ): Promise<IncomingRecord> {
    const next = { ...record, ...changed, at: this.parts.now() };
    await this.records.put(next);
    return next;
  }

  private async say({ peerId }: IncomingRecord, head: TransferHead): Promise<void> {
    return this.post(peerId, head);
  }

  private async post(peerId: string, head: TransferHead): Promise<void> {
    const { accepted } = await this.parts.post.post(peerId, head, noBytes);
    accepted.catch(() => {});
  }
}
