/** What is counted of a record. */
export type Counted = {
  readonly peerId: string;
  readonly id: string;
  readonly group?: string | undefined;
  /** Unix ms of the last change. */
  readonly at: number;
};

type OfPeer = {
  /** Files, streams and folders that are not over. */
  readonly open: Set<string>;
  /** When each ended, the first to end first. */
  readonly over: Map<string, number>;
  /** Of each folder, the files that were offered so far. */
  readonly files: Map<string, Set<string>>;
  fileCount: number;
};

/** How much the store has of each peer, told without reading it through: an offer costs the same, however many came before it. */
export class IncomingCensus {
  private readonly byPeer = new Map<string, OfPeer>();

  note(record: Counted, is: 'open' | 'over'): void {
    const { id, group, at } = record;
    const of = this.of(record.peerId);
    if (group !== undefined) {
      this.noteFile(of, group, id);
      return;
    }
    of.open.delete(id);
    of.over.delete(id);
    if (is === 'open') of.open.add(id);
    else of.over.set(id, at);
  }

  drop({ peerId, id, group }: Counted): void {
    const of = this.of(peerId);
    of.open.delete(id);
    of.over.delete(id);
    const files = group === undefined ? undefined : of.files.get(group);
    if (files?.delete(id) !== true) return;
    of.fileCount -= 1;
    if (files.size === 0) of.files.delete(group!);
  }

  openOf(peerId: string): ReadonlySet<string> {
    return this.of(peerId).open;
  }

  overOf(peerId: string): ReadonlyMap<string, number> {
    return this.of(peerId).over;
  }

  /** @param group the folder's id */
  filesOf(peerId: string, group: string): ReadonlySet<string> {
    return this.of(peerId).files.get(group) ?? new Set();
  }

  /** In all folders. */
  fileCountOf(peerId: string): number {
    return this.of(peerId).fileCount;
  }

  peers(): string[] {
    return [...this.byPeer.keys()];
  }

  private noteFile(of: OfPeer, group: string, id: string): void {
    const files = of.files.get(group) ?? new Set();
    if (!files.has(id)) of.fileCount += 1;
    of.files.set(group, files.add(id));
  }

  private of(peerId: string): OfPeer {
    const id = peerId.toUpperCase();
    const known = this.byPeer.get(id);
    if (known !== undefined) return known;
    const fresh = { open: new Set<string>(), over: new Map(), files: new Map(), fileCount: 0 };
    this.byPeer.set(id, fresh);
    return fresh;
  }
}
