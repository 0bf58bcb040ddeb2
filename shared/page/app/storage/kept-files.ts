import type { FolderEntry, IncomingRecord, OutgoingRecord, Sink, Source } from '@openrelay/client';
import type { Database } from './database';
import { type FolderFile, pathInFolder, placeInFolder, placesInFolder } from './folder-file';

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

  /** A file, or something of a folder. */
  async has(place: string): Promise<boolean> {
    const { files } = placesInFolder(place);
    const found = [
      ...(await this.database.keys('files', IDBKeyRange.only(place))),
      ...(await this.database.keys('files', files)),
    ];
    return found.length > 0;
  }

  async remove(place: string): Promise<void> {
    await this.database.remove('files', place);
  }

  async source({ place }: Pick<OutgoingRecord, 'place'>): Promise<Source | undefined> {
    const file = await this.get(place);
    return file && sourceOf(file);
  }

  /** A folder that goes out. */
  async putFolder(place: string, files: readonly FolderFile[]): Promise<void> {
    await this.database.put('files', place, files);
  }

  async folderSource({ place }: Pick<OutgoingRecord, 'place'>): Promise<FolderEntry[] | undefined> {
    const files = await this.database.get<readonly FolderFile[]>('files', place);
    return files?.map(({ path, bytes, modified }) => {
      return { path, size: bytes.size, modified, open: async () => sourceOf(bytes) };
    });
  }

  /** What came of a folder. */
  async folder(place: string): Promise<FolderFile[]> {
    const { files } = placesInFolder(place);
    const places = await this.database.keys('files', files);
    const blobs = await this.database.all<Blob>('files', files);
    return blobs.map((bytes, i) => ({ path: pathInFolder(place, places[i] as string), bytes }));
  }

  async removeFolder(place: string): Promise<void> {
    const { files, parts } = placesInFolder(place);
    await this.database.remove('files', files);
    await this.database.remove('parts', parts);
  }

  sink({ group, path = [], id, entries, ...record }: IncomingRecord): Sink {
    // An empty folder: archives know one by the slash at its end.
    const pathInside = entries === 0 ? [...path, ''] : path;
    const place = group === undefined ? record.place : placeInFolder(record.place, pathInside, id);
    const { mime = '' } = record;
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
