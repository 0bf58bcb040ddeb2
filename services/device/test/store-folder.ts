import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '../src/index';

/** A folder for stores of a test, which are closed and removed at its end. */
export class StoreFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'openrelay-store-'));
  private opened: FileStore | undefined;

  get journal(): string {
    return join(this.path, 'journal');
  }

  /** Closes the one that is open. */
  async open(): Promise<FileStore> {
    await this.close();
    this.opened = await FileStore.open(this.path);
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.close();
    this.opened = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const bytes = (...values: number[]) => Uint8Array.from(values);
