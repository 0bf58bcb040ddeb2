import type { Database } from './database';
import { type Entry, type EntryState, isOver } from './entry';
import { placesInFolder } from './folder-file';

/** Older ones go, with their files, but for what is not over. */
const mostEntries = 500;

/** What was sent and came: read once, written through. */
export class History {
  private readonly listeners = new Set<(entry: Entry, change: 'shown' | 'gone') => void>();
  private lastChange: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly database: Database,
    private readonly byId: Map<string, Entry>,
  ) {}

  static async open(database: Database): Promise<History> {
    const entries = await database.all<Entry>('entries');
    entries.sort((one, other) => one.at - other.at);
    return new History(database, new Map(entries.map((entry) => [entry.id, entry])));
  }

  /** Oldest first. */
  list(peerId?: string): Entry[] {
    return [...this.byId.values()].filter((entry) => peerId === undefined || entry.peerId === peerId);
  }

  get(id: string): Entry | undefined {
    return this.byId.get(id);
  }

  /** The same again changes nothing: a message may come again after a crash. Resolves when it is kept. */
  async add(entry: Entry): Promise<void> {
    if (this.byId.has(entry.id)) return;
    await this.keep(entry);
    await this.trim();
  }

  async setState(id: string, state: EntryState): Promise<void> {
    await this.inTurn(async () => {
      const entry = this.byId.get(id);
      if (entry !== undefined) await this.put({ ...entry, state });
    });
  }

  /** How many bytes of a file have moved, never fewer than before. Seen, but not worth a write. */
  showMoved(id: string, bytes: number): void {
    const entry = this.byId.get(id);
    if (entry === undefined || isOver(entry.state)) return;
    const before = entry.state.is === 'moving' ? entry.state : { bytes: 0, estimateSeconds: 0 };
    const moved: Entry = { ...entry, state: { ...before, is: 'moving', bytes: Math.max(before.bytes, bytes) } };
    this.byId.set(id, moved);
    this.tell(moved, 'shown');
  }

  async remove(entry: Entry): Promise<void> {
    await this.inTurn(async () => {
      const { id, what } = entry;
      await this.database.write(['entries', 'files', 'parts'], (store) => {
        store('entries').delete(id);
        if (what.kind !== 'file') return;
        store('files').delete(what.place);
        store('parts').delete(IDBKeyRange.bound([what.place], [what.place, []]));
        if (what.entries === undefined) return;
        const inFolder = placesInFolder(what.place);
        store('files').delete(inFolder.files);
        store('parts').delete(inFolder.parts);
      });
      this.byId.delete(id);
      this.tell(entry, 'gone');
    });
  }

  onChange(listener: (entry: Entry, change: 'shown' | 'gone') => void): void {
    this.listeners.add(listener);
  }

  private keep(entry: Entry): Promise<void> {
    return this.inTurn(() => this.put(entry));
  }

  private async put(entry: Entry): Promise<void> {
    await this.database.put('entries', entry.id, entry);
    this.byId.set(entry.id, entry);
    this.tell(entry, 'shown');
  }

  private async trim(): Promise<void> {
    const tooMany = this.list()
      .filter(({ state }) => isOver(state))
      .slice(0, Math.max(0, this.byId.size - mostEntries));
    for (const entry of tooMany) await this.remove(entry);
  }

  private async inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.lastChange.then(change, change);
    this.lastChange = turn.catch(() => {});
    return turn;
  }

  private tell(entry: Entry, change: 'shown' | 'gone'): void {
    for (const listener of this.listeners) listener(entry, change);
  }
}
