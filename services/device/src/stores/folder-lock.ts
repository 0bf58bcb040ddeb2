import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, StoreInUse } from './store-error';

/** `started` tells a process from a later one that got the same number; only Linux says it. */
type Holder = { readonly pid: number; readonly started: string | undefined };

const clearingMs = 10_000;
const tries = 5;

/** One process at a time uses a folder; what a killed one left is cleared away. */
export class FolderLock {
  private constructor(
    private readonly file: string,
    private readonly own: string,
  ) {}

  /** Rejects with a StoreError that names the process that has it. */
  static async take(folder: string): Promise<FolderLock> {
    const file = join(folder, 'lock');
    const self: Holder = { pid: process.pid, started: await startOf(process.pid) };
    const lock = new FolderLock(file, JSON.stringify(self));
    for (let count = 0; count < tries; count += 1) {
      if (await lock.create()) return lock;
      const holder = await holderIn(file);
      if (holder !== undefined && (await isAlive(holder))) throw inUse(folder, holder, self);
      await lock.clear();
    }
    throw new StoreError(`The store in ${folder} could not be locked: remove ${file} when nothing uses it.`);
  }

  async release(): Promise<void> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    if (text === this.own) await rm(this.file, { force: true });
  }

  /** All at once, so that nobody reads half of it. False when there is one. */
  private async create(): Promise<boolean> {
    const draft = `${this.file}.${randomUUID()}`;
    await writeFile(draft, this.own, { mode: 0o600, flag: 'wx' });
    try {
      await link(draft, this.file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** By one process at a time: another may have taken the lock since it was looked at. */
  private async clear(): Promise<void> {
    const turn = `${this.file}.clearing`;
    try {
      await writeFile(turn, '', { mode: 0o600, flag: 'wx' });
    } catch {
      const { mtimeMs } = await stat(turn).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > clearingMs) await rm(turn, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
      return;
    }
    try {
      const holder = await holderIn(this.file);
      if (holder === undefined || !(await isAlive(holder))) await rm(this.file, { force: true });
    } finally {
      await rm(turn, { force: true });
    }
  }
}

/** Undefined for none, or for what is no lock of ours. */
async function holderIn(file: string): Promise<Holder | undefined> {
  try {
    const { pid, started } = JSON.parse(await readFile(file, 'utf8')) as Holder;
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** In ticks since the machine started: proc(5), the 22nd field of `stat`; the second may hold spaces and brackets. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function inUse(folder: string, holder: Holder, self: Holder): StoreError {
  const who = holder.pid === self.pid ? 'this process already' : `another process (${holder.pid})`;
  return new StoreInUse(`The store in ${folder} is in use by ${who}: end that one first, or ask it.`, holder.pid);
}
