import type { Sink, Source } from '../../src/transfers';

/** Bytes that look random, and are the same each time. */
export function patternBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x9e3779b9;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function memorySource(bytes: Uint8Array, size: 'known' | 'unknown' = 'known'): Source {
  return {
    size: size === 'known' ? bytes.length : undefined,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  };
}

/** Files beside each other, as a folder has them; they outlive the sinks that write them. */
export class MemoryFolder {
  readonly partial = new Map<string, Uint8Array>();
  readonly finished = new Map<string, Uint8Array>();
  full = false;

  sink(name: string): Sink {
    return {
      write: async (offset, bytes) => {
        if (this.full) throw new Error('The disk is full: make room, and ask for the file again.');
        const last = this.partial.get(name) ?? new Uint8Array(0);
        const next = new Uint8Array(Math.max(last.length, offset + bytes.length));
        next.set(last);
        next.set(bytes, offset);
        this.partial.set(name, next);
      },
      read: async (offset, length) => (this.partial.get(name) ?? new Uint8Array(0)).slice(offset, offset + length),
      finish: async () => {
        const bytes = this.partial.get(name);
        if (bytes !== undefined) this.finished.set(name, bytes);
        else if (!this.finished.has(name)) this.finished.set(name, new Uint8Array(0));
        this.partial.delete(name);
      },
      discard: async () => void this.partial.delete(name),
    };
  }
}
