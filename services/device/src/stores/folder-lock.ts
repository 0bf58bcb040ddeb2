import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, type RunningProcess, thisProcess } from './running-process';
import { StoreError, StoreInUse } from './store-error';

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
    const self = await thisProcess();
    const lock = new FolderLock(file, JSON.stringify(self));
    for (let count = 0; count < tries; count += 1) {
      if (await lock.create()) return lock;
      const holder = await holderIn(file);
      if (holder !== undefined && (await isRunning(holder))) throw inUse(folder, holder, self);
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
      if (holder === undefined || !(await isRunning(holder))) await rm(this.file, { force: true });
    } finally {
      await rm(turn, { force: true });
    }
  }
}

/** Undefined for none, or for what is no lock of ours. */
async function holderIn(file: string): Promise<RunningProcess | undefined> {
  try {
    const { pid, started } = JSON.parse(await readFile(file, 'utf8')) as RunningProcess;
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(folder: string, holder: RunningProcess, self: RunningProcess): StoreError {
  const who = holder.pid === self.pid ? 'this process already' : `another process (${holder.pid})`;
  return new StoreInUse(`The store in ${folder} is in use by ${who}: end that one first, or ask it.`, holder.pid);
}
