import { closeSync, openSync } from 'node:fs';
import { countOpenFiles } from '@openrelay/service';
import type { Transport } from '../sockets/transport';

/** Files that are open for nothing, and are closed for Redis when no other can be opened. */
const spareFiles = 32;
/** For connections that ask something over HTTP, or nothing at all. */
const httpFiles = 64;
/** The port is closed when fewer than these are left, and opened when there are twice as many. */
const lastFiles = 16;

export type FileReserveParts = {
  /** How many files the process may open. */
  limit: number;
  port: Pick<Transport, 'pauseListening' | 'resumeListening'>;
  /** The port was closed for want of files, or is open again. */
  changed: (state: 'short' | 'enough', open: number) => void;
};

/**
 * Keeps files for Redis, however many connections strangers open. Devices never take so many, but sockets that ask for
 * nothing can; while the process is out of files every accept fails, and is tried again at once.
 */
export class FileReserve {
  private spares: number[] = [];
  private isShort = false;

  constructor(private readonly parts: FileReserveParts) {}

  /** Opens the reserve. Answers how many connections there is room for. @throws Error in one sentence when for none */
  async open(): Promise<number> {
    const { limit } = this.parts;
    const needed = (await countOpenFiles(limit)) + spareFiles + httpFiles;
    if (needed >= limit) {
      throw new Error(
        `The limit of open files is ${limit}, and ${needed} are needed without any device: raise it (ulimit -n).`,
      );
    }
    this.hold();
    return limit - needed;
  }

  private hold(): void {
    while (this.spares.length < spareFiles) this.spares.push(openSync('/dev/null', 'r'));
  }

  /** To be called often: in between only the limit bounds how many files are opened. */
  async check(): Promise<void> {
    const { limit, port, changed } = this.parts;
    const open = await countOpenFiles(limit);
    if (!this.isShort && open > limit - lastFiles) {
      this.isShort = true;
      port.pauseListening();
      this.release();
      changed('short', open);
    } else if (this.isShort && open + spareFiles <= limit - 2 * lastFiles) {
      this.hold();
      port.resumeListening();
      this.isShort = false;
      changed('enough', open);
    }
  }

  release(): void {
    for (const spare of this.spares) closeSync(spare);
    this.spares = [];
  }
}
