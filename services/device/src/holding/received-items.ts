import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';

/** What arrived, as the user is shown it. */
export type ReceivedItem = {
  /** Unix ms. */
  readonly at: number;
  readonly from: string;
  /** The sender's name then. */
  readonly name: string;
  readonly messageId: string;
} & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image' | 'file' | 'folder'; readonly path: string }
);

const mostBytes = 2 * 1024 * 1024;
const ownerOnly = 0o600;

/** The last things that arrived, in a file with a line of JSON for each. */
export class ReceivedItems {
  private readonly listeners = new Set<(item: ReceivedItem) => void>();
  private lastWrite: Promise<unknown> = Promise.resolve();

  constructor(private readonly file: string) {}

  /** Resolves when it is on the disk; once, though it may come again. */
  async add(item: ReceivedItem): Promise<void> {
    const write = this.lastWrite.then(() => this.write(item));
    this.lastWrite = write.catch(() => {});
    if ((await write) === 'new') for (const listener of this.listeners) listener(item);
  }

  /** Oldest first. */
  async last(count: number): Promise<ReceivedItem[]> {
    if (count <= 0) return [];
    const text = await readFile(this.file, 'utf8').catch(() => '');
    return text.split('\n').flatMap(itemOf).slice(-count);
  }

  onItem(listener: (item: ReceivedItem) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async write(item: ReceivedItem): Promise<'new' | 'known'> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    if (text.split('\n').some((line) => isOf(line, item))) return 'known';
    const line = `${JSON.stringify(item)}\n`;
    if (text.length + line.length > mostBytes) await this.shorten(text);
    // What a crash cut off stays a line of its own.
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    await appendFile(this.file, `${separator}${line}`, { mode: ownerOnly, flush: true });
    return 'new';
  }

  private async shorten(text: string): Promise<void> {
    const half = text.slice(text.indexOf('\n', text.length / 2) + 1);
    const draft = `${this.file}.new`;
    await writeFile(draft, half, { mode: ownerOnly });
    await rename(draft, this.file);
  }
}

/** The same id of two senders is two messages, and a peer may write another's id into its text. */
function isOf(line: string, { from, messageId }: ReceivedItem): boolean {
  if (!line.includes(JSON.stringify(messageId))) return false;
  return itemOf(line).some((known) => known.messageId === messageId && known.from === from);
}

function itemOf(line: string): ReceivedItem[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as ReceivedItem];
  } catch {
    return [];
  }
}
