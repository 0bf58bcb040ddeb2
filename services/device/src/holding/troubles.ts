import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** A sentence that nobody may have heard. */
export type Trouble = {
  readonly sentence: string;
  /** How often it was said. */
  readonly times: number;
  /** Unix ms, the last time. */
  readonly at: number;
};

const mostKept = 20;
/** Signs of a sentence. It may quote what a peer, or the relay, wrote. */
const longestKept = 1000;
/** Sentences that wait to be written: a relay that lies can cause them faster than a disk takes them. */
const mostWaiting = 100;
const keptMs = 7 * 24 * 60 * 60 * 1000;
const ownerOnly = 0o600;

/** What a person should know of and may not have seen, as an agent has no terminal. The last ones, for a week, in a file. */
export class Troubles {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly file: string,
    private readonly now: () => number,
  ) {}

  /** Never rejects: the log has it all the same. */
  async add(whole: string): Promise<void> {
    if (this.waiting >= mostWaiting) return;
    const sentence = whole.length > longestKept ? `${whole.slice(0, longestKept)}…` : whole;
    await this.change((known) => {
      const { times } = known.find((each) => each.sentence === sentence) ?? { times: 0 };
      const others = known.filter((each) => each.sentence !== sentence);
      return [...others, { sentence, times: times + 1, at: this.now() }].slice(-mostKept);
    });
  }

  /** Oldest first. */
  async list(): Promise<readonly Trouble[]> {
    await this.lastWrite;
    return this.read();
  }

  /** Never rejects. @param untilMs Unix ms: what was said later was not seen yet */
  clear(untilMs: number): Promise<void> {
    return this.change((known) => known.filter(({ at }) => at > untilMs));
  }

  private change(change: (known: readonly Trouble[]) => readonly Trouble[]): Promise<void> {
    this.waiting += 1;
    const write = this.lastWrite
      .then(async () => this.write(change(await this.read())))
      .catch(() => {})
      .finally(() => {
        this.waiting -= 1;
      });
    this.lastWrite = write;
    return write;
  }

  private async read(): Promise<readonly Trouble[]> {
    const now = this.now();
    const text = await readFile(this.file, 'utf8').catch(() => '[]');
    return troublesOf(text).filter(({ at }) => Math.abs(now - at) < keptMs);
  }

  private async write(troubles: readonly Trouble[]): Promise<void> {
    if (troubles.length === 0) return rm(this.file, { force: true });
    const draft = `${this.file}.new`;
    await writeFile(draft, JSON.stringify(troubles), { mode: ownerOnly });
    await rename(draft, this.file);
  }
}

/** A file that is damaged has told nothing. */
function troublesOf(text: string): readonly Trouble[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isTrouble) : [];
  } catch {
    return [];
  }
}

function isTrouble(value: Partial<Trouble> | null): value is Trouble {
  return typeof value?.sentence === 'string' && typeof value.times === 'number' && typeof value.at === 'number';
}
