import type { FolderFile } from '../storage/folder-file';

export type SentFolder = { readonly name: string; readonly files: readonly FolderFile[] };
export type Dropped = { readonly files: readonly File[]; readonly folders: readonly SentFolder[] };

/** As many as a folder may have that is sent. */
const mostFiles = 10_000;
const deepest = 32;

/** Of a drop, or a paste. To be called before the event is over: what it holds is gone then. Rejects with a sentence. */
export function droppedOn(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const folders = entries.filter(isFolder);
  if (folders.length === 0) return Promise.resolve({ files: [...transfer.files], folders: [] });
  return read(entries.filter(isFile), folders);
}

/** Of a chooser that takes folders: each file bears its path. */
export function chosenFolders(files: readonly File[]): SentFolder[] {
  const folders = new Map<string, FolderFile[]>();
  for (const file of files) {
    const [name = '', ...path] = file.webkitRelativePath.split('/');
    const inFolder = folders.get(name) ?? [];
    inFolder.push(folderFile(path.join('/'), file));
    folders.set(name, inFolder);
  }
  return [...folders].map(([name, inFolder]) => ({ name, files: inFolder }));
}

async function read(
  files: readonly FileSystemFileEntry[],
  folders: readonly FileSystemDirectoryEntry[],
): Promise<Dropped> {
  const readFolders: SentFolder[] = [];
  for (const folder of folders) readFolders.push({ name: folder.name, files: await filesIn(folder, '', 0) });
  return { files: await Promise.all(files.map(fileOf)), folders: readFolders };
}

async function filesIn(folder: FileSystemDirectoryEntry, before: string, depth: number): Promise<FolderFile[]> {
  if (depth >= deepest)
    throw new Error(`${folder.name} lies too deep in its folder: send it by itself, or an archive.`);
  const found: FolderFile[] = [];
  for (const entry of await entriesIn(folder)) {
    const path = before + entry.name;
    if (isFolder(entry)) found.push(...(await filesIn(entry, `${path}/`, depth + 1)));
    else if (isFile(entry)) found.push(folderFile(path, await fileOf(entry)));
    if (found.length > mostFiles)
      throw new Error(`A folder may have ${mostFiles} files: send it in parts, or as an archive.`);
  }
  return found;
}

/** By what they say of themselves: some browsers show no classes of these. */
function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** A reader gives a hundred at a time, and nothing at the end. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, () => reject(new Error(`The browser cannot read the folder ${folder.name}.`)));
    });
    if (some.length === 0 || all.length > mostFiles) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, () => reject(new Error(`The browser cannot read ${entry.name}.`)));
  });
}

function folderFile(path: string, file: File): FolderFile {
  return { path, bytes: file, modified: file.lastModified };
}
