import { IncomingFile } from './incoming-file';
import { type IncomingRecord, nameOf } from './incoming-record';
import type { Sink } from './ports';

/** The files of transfers to this device that are being written. */
export class OpenFiles {
  private readonly files = new Map<string, IncomingFile>();

  constructor(private readonly openSink: (record: IncomingRecord) => Promise<Sink>) {}

  /** Rejects as the sink does. */
  async of(record: IncomingRecord): Promise<IncomingFile> {
    const known = this.files.get(nameOf(record));
    if (known !== undefined) return known;
    const file = new IncomingFile(await this.openSink(record));
    this.files.set(nameOf(record), file);
    return file;
  }

  /** It is over; what it needs no more is closed already. */
  drop(record: IncomingRecord): void {
    this.files.delete(nameOf(record));
  }

  /** Also what an earlier process wrote. Rejects when it can't be taken away now. */
  async discard(record: IncomingRecord): Promise<void> {
    try {
      await (await this.of(record)).discard();
    } finally {
      this.drop(record);
    }
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
    this.files.clear();
  }
}
