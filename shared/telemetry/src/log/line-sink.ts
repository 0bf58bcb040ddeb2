import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Where whole lines go. It never throws and never waits. */
export type LineSink = {
  /** `lost` is called, at once or later, when the line could not be written. */
  write(line: string, lost: () => void): void;
  /** Resolves when each line that was taken is written or lost. Absent: nothing is kept. */
  flushed?(): Promise<void>;
};

/** What may wait for a reader that has stopped reading. */
const maxBufferedBytes = 1024 * 1024;

/** A file takes a line at once or, on a full disk, not at all. */
export class FileSink implements LineSink {
  private isTorn = false;

  constructor(private readonly fd: number) {}

  write(line: string, lost: () => void): void {
    const bytes = Buffer.from(this.isTorn ? `\n${line}` : line);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.fd, bytes, written);
      this.isTorn = false;
    } catch {
      this.isTorn ||= written > 0;
      lost();
    }
  }
}

/** A pipe or a socket, of which the other end may stop reading, or go. Node.js writes to both without blocking. */
export class StreamSink implements LineSink {
  constructor(private readonly stream: Writable) {
    stream.on('error', () => undefined); // each line's own callback reports it
  }

  write(line: string, lost: () => void): void {
    if (this.stream.writableLength >= maxBufferedBytes) {
      lost();
      return;
    }
    this.stream.write(line, (error) => {
      if (error) lost();
    });
  }

  async flushed(): Promise<void> {
    if (this.stream.writableLength === 0) return;
    await new Promise<void>((resolve) => this.stream.write('', () => resolve()));
  }
}

export function standardOutput(): LineSink {
  const output = fstatSync(1);
  return output.isFIFO() || output.isSocket() ? new StreamSink(process.stdout) : new FileSink(1);
}
