import type { IncomingRecord } from './incoming-record';
import type { Sink } from './ports';
import { type ChunkStep, isWhole, receivingAfterChunk } from './receiving';
import { RunningHash } from './source-hash';

/** Written, and what is to be said about it. */
export type Written = { readonly record: IncomingRecord; readonly say: 'progress' | 'accept' | 'nothing' };
export type Checked = 'right' | 'damaged' | 'incomplete';

/** The bytes of one transfer to this device while its sink is open. */
export class IncomingFile {
  private hash = new RunningHash();

  constructor(private readonly sink: Sink) {}

  /** Rejects when the sink does; throws a sentence for bytes that don't fit the offer. */
  async chunk(record: IncomingRecord, index: number, bytes: Uint8Array): Promise<Written> {
    const step: ChunkStep = receivingAfterChunk(record, index, bytes.length);
    switch (step.do) {
      case 'ignore':
        return { record, say: 'nothing' };
      case 'ask':
        return { record: { ...record, ...step.state }, say: 'accept' };
      case 'fail':
        throw new Error(step.why);
      case 'write':
        await this.sink.write(step.offset, bytes);
        await this.hash.pass(step.offset, bytes, this.read);
        return { record: { ...record, ...step.state }, say: step.tell };
      default:
        return step satisfies never;
    }
  }

  async check(record: IncomingRecord, size: number, sha256: string): Promise<Checked> {
    if (!isWhole(record, size)) return 'incomplete';
    await this.hash.catchUp(record.bytes, this.read);
    return this.hash.digest() === sha256 ? 'right' : 'damaged';
  }

  async finish(): Promise<void> {
    await this.sink.finish();
    await this.sink.close?.();
  }

  async discard(): Promise<void> {
    await this.sink.close?.();
    await this.sink.discard();
  }

  async close(): Promise<void> {
    await this.sink.close?.();
  }

  private readonly read = (offset: number, length: number): Promise<Uint8Array> => this.sink.read(offset, length);
}
