/** One file of a folder that goes out. */
export type FolderFile = {
  /** With slashes, below the folder. */
  readonly path: string;
  readonly bytes: Blob;
  /** Unix ms. */
  readonly modified?: number | undefined;
};

/** Where a file of a folder that comes is kept. Two may have one path, once it is safe: the id keeps them apart. */
export function placeInFolder(place: string, path: readonly string[], id: string): string {
  return `${place}/${path.join('/')}\0${id}`;
}

/** All that is kept of a folder. */
export function placesInFolder(place: string): { readonly files: IDBKeyRange; readonly parts: IDBKeyRange } {
  const [first, last] = [`${place}/`, `${place}/\uffff`];
  return { files: IDBKeyRange.bound(first, last), parts: IDBKeyRange.bound([first], [last]) };
}

/** The path that `placeInFolder` was given. */
export function pathInFolder(place: string, placeOfFile: string): string {
  return placeOfFile.slice(place.length + 1).split('\0')[0]!;
}
