import type { FolderFile } from './folder-file';

/** Beyond, an archive needs another form (ZIP64). */
const mostBytes = 0xffff_ffff;
/** Names are UTF-8. */
const flags = 0x0800;
const version = 20;
/** 1 January 1980, the first day that archives know: what came bears no date. */
const firstDay = 0x21;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * A ZIP archive of these files, not compressed, by PKWARE's APPNOTE 6.3 (4.3.7, 4.3.12, 4.3.16). The files are read for their
 * checksums, and not copied. Throws a RangeError with a sentence when they are too many bytes for one archive.
 */
export async function zipOf(files: readonly FolderFile[]): Promise<Blob> {
  const local: BlobPart[] = [];
  const central: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { path, bytes } of differentlyNamed(files)) {
    const name = new TextEncoder().encode(path);
    const shared = [version, flags, 0, 0, firstDay] as const;
    const crc = await crcOf(bytes);
    const sizes = [crc, bytes.size, bytes.size] as const;
    const head = record([[4, 0x04034b50], ...shared.map(two), ...sizes.map(four), two(name.length), two(0)], name);
    const rest = [two(name.length), two(0), two(0), two(0), two(0), four(0), four(offset)];
    central.push(record([[4, 0x02014b50], two(version), ...shared.map(two), ...sizes.map(four), ...rest], name));
    local.push(head, bytes);
    offset += head.length + bytes.size;
    if (offset > mostBytes)
      throw new RangeError('This folder is too large for one archive: ask for its files one by one.');
  }
  const centralBytes = central.reduce((sum, { length }) => sum + length, 0);
  const counts = [two(0), two(0), two(central.length), two(central.length)];
  const end = record([[4, 0x06054b50], ...counts, four(centralBytes), four(offset), two(0)]);
  return new Blob([...local, ...central, end], { type: 'application/zip' });
}

type Field = readonly [bytes: 2 | 4, value: number];
const two = (value: number): Field => [2, value];
const four = (value: number): Field => [4, value];

function record(fields: readonly Field[], name = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const length = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const made = new Uint8Array(length + name.length);
  const view = new DataView(made.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  made.set(name, length);
  return made;
}

async function crcOf(bytes: Blob): Promise<number> {
  let crc = 0xffff_ffff;
  const reader = bytes.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    for (const byte of read.value) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** `a.txt`, and the next of this name `a (2).txt`: programs would put one over the other. */
function differentlyNamed(files: readonly FolderFile[]): FolderFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    let { path } = file;
    for (let i = 2; taken.has(path.toLowerCase()); i += 1) path = file.path.replace(/(\.[^./]*)?$/, ` (${i})$1`);
    taken.add(path.toLowerCase());
    return { ...file, path };
  });
}
