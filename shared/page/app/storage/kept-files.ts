import type { IncomingRecord, OutgoingRecord, Sink, Source } from '@openrelay/client';
import type { Database } from './database';

/** No chunk of a transfer is longer. */
const longestPart = 65_536;
const partsAtOnce = 256;

/** Files that go out or come, in the browser's database: so both go on after a reload. */
export class KeptFiles {
  constructor(private readonly database: Database) {}

  async put(place: string, file: Blob): Promise<void> {
    await this.database.put('files', place, file);
  }

  get(place: string): Promise<Blob | undefined> {
    return this.database.get<Blob>('files', place);
  }

  async remove(place: string): Promise<void> {
    await this.database.remove('files', place);
  }

  async source({ place }: Pick<OutgoingRecord, 'place'>): Promise<Source | undefined> {
    const file = await this.get(place);
    return file && sourceOf(file);
  }

  sink({ place, mime = '' }: Pick<IncomingRecord, 'place' | 'mime'>): Sink {
    return {
      write: (offset, bytes) => this.database.put('parts', [place, offset], Uint8Array.from(bytes)),
      read: (offset, length) => this.read(place, offset, length),
      finish: () => this.finish(place, mime),
      discard: () => this.database.remove('parts', partsOf(place)),
    };
  }

  private async read(place: string, offset: number, length: number): Promise<Uint8Array> {
    const range = IDBKeyRange.bound(
      [place, Math.max(0, offset - longestPart + 1)],
      [place, offset + length],
      false,
      true,
    );
    const starts = (await this.database.keys('parts', range)).map((key) => (key as [string, number])[1]);
    const parts = await this.database.all<Uint8Array>('parts', range);
    const read = new Uint8Array(length);
    let end = 0;
    for (const [i, part] of parts.entries()) {
      const at = starts[i]! - offset;
      const wanted = part.subarray(Math.max(0, -at), Math.max(0, length - at));
      read.set(wanted, Math.max(0, at));
      end = Math.max(end, Math.max(0, at) + wanted.length);
    }
    return read.subarray(0, end);
  }

  /** The file and the end of its parts in one step: a page that closes in the midst of it begins anew. */
  private async finish(place: string, mime: string): Promise<void> {
    const starts = await this.database.keys('parts', partsOf(place));
    if (starts.length === 0 && (await this.get(place)) !== undefined) return;
    const blobs: Blob[] = [];
    for (let i = 0; i < starts.length; i += partsAtOnce) {
      const range = IDBKeyRange.bound(starts[i], [place, []]);
      blobs.push(new Blob(await this.database.all<Uint8Array<ArrayBuffer>>('parts', range, partsAtOnce)));
    }
    await this.database.write(['files', 'parts'], (store) => {
      store('files').put(new Blob(blobs, { type: mime }), place);
      store('parts').delete(partsOf(place));
    });
  }
}

function sourceOf(file: Blob): Source {
  return {
    size: file.size,
    read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  };
}

function partsOf(place: string): IDBKeyRange {
  return IDBKeyRange.bound([place], [place, []]);
}
