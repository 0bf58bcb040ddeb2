import { type IncomingRecord, type IncomingRecords, isFolder, nameOf } from './incoming-record';
import type { OpenFiles } from './open-files';
import { isOver } from './receiving';
import type { Outcome, TransferEvent } from './transfer-events';

type EndingParts = {
  readonly records: IncomingRecords;
  readonly files: OpenFiles;
  readonly emit: (event: TransferEvent) => void;
  /** Unix ms. */
  readonly now: () => number;
};

/** How transfers to this device end: of one that did not arrive nothing stays, wherever the process ends. */
export class IncomingEndings {
  constructor(private readonly parts: EndingParts) {}

  /**
   * The record first: a store that takes nothing makes the message come again, and what was written must be there then. Where the
   * process ends before it is taken away, the next one does so.
   */
  async end(record: IncomingRecord, outcome: Outcome, sentence: string): Promise<void> {
    const { peerId, id, group, phase } = record;
    const mayBeWritten = outcome !== 'done' && phase !== 'offered' && !isFolder(record);
    const ended: IncomingRecord = {
      ...record,
      phase: outcome,
      leftover: mayBeWritten ? 'yes' : undefined,
      at: this.parts.now(),
    };
    await this.parts.records.put(ended);
    if (mayBeWritten) await this.discard(ended);
    else this.parts.files.drop(record);
    if (isFolder(record)) await this.endFiles(await this.parts.records.filesOf(record), outcome, sentence);
    this.parts.emit({ name: 'finished', direction: 'in', peerId, id, group, outcome, sentence });
  }

  /** At the start: takes away what an earlier process left of transfers that are over. */
  async resume(): Promise<void> {
    const records = await this.parts.records.list();
    const open = new Set(records.filter(({ phase }) => !isOver(phase)).map(nameOf));
    const isOrphan = ({ peerId, group }: IncomingRecord) =>
      group !== undefined && !open.has(nameOf({ peerId, id: group }));
    await this.endFiles(records.filter(isOrphan), 'cancelled', '');
    for (const record of records) {
      if (record.leftover === 'yes' && record.group === undefined) await this.discard(record);
    }
  }

  /** Of a folder that is over. What of them can't be taken away now keeps its record. */
  private async endFiles(files: readonly IncomingRecord[], outcome: Outcome, sentence: string): Promise<void> {
    const { records } = this.parts;
    for (const file of files) {
      if (outcome !== 'done' && !isOver(file.phase)) await this.end(file, outcome, sentence);
      else if (file.leftover === 'yes') await this.discard(file);
    }
    const ended = await Promise.all(files.map(({ peerId, id }) => records.get(peerId, id)));
    await records.remove(ended.filter((file) => file !== undefined).filter(({ leftover }) => leftover !== 'yes'));
  }

  /** What can't be taken away now is tried again at the next start. */
  private async discard(record: IncomingRecord): Promise<void> {
    try {
      await this.parts.files.discard(record);
      await this.parts.records.put({ ...record, leftover: undefined });
    } catch {
      // Its record says that something is left.
    }
  }
}
