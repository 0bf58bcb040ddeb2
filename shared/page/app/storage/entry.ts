/** Something that was sent or came, as the page shows and keeps it. */
export type Entry = {
  readonly id: string;
  readonly peerId: string;
  readonly direction: 'in' | 'out';
  /** Unix ms. */
  readonly at: number;
  readonly what: What;
  readonly state: EntryState;
};

type What =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mime: string; readonly bytes: Blob }
  /** `place`: the key of its bytes in the table `files`. */
  | {
      readonly kind: 'file';
      readonly transferId: string;
      readonly name: string;
      readonly mime: string;
      readonly size: number | undefined;
      readonly place: string;
      /** A folder of so many files. */
      readonly entries?: number | undefined;
    };

export type EntryState =
  /** It goes out when it can. */
  | { readonly is: 'waiting' }
  /** A file that this device's user takes or refuses. */
  | { readonly is: 'offered' }
  | { readonly is: 'moving'; readonly bytes: number; readonly estimateSeconds: number }
  | { readonly is: 'done' }
  | { readonly is: 'failed'; readonly sentence: string };

/** What a file's entry is called: ids of transfers are each sender's own. */
export function fileEntryId(direction: 'in' | 'out', peerId: string, transferId: string): string {
  return `${direction}:${peerId}:${transferId}`;
}

export function isOver({ is }: EntryState): boolean {
  return is === 'done' || is === 'failed';
}
