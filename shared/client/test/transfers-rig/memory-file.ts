import type { Sink, Source } from '../../src/transfers';

/** Bytes of which no two stretches are alike, the same each time. */
export function patternBytes(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = Math.imul(at + 1, 0x9e3779b1);
  return new Uint8Array(words.buffer, 0, length);
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
  readonly folders = new Set<string>();
  full = false;

  emptyFolder(name: string): Sink {
    return {
      write: async () => Promise.reject(new Error('A folder has no bytes.')),
      read: async () => new Uint8Array(0),
      finish: async () => void this.folders.add(name),
      discard: async () => void this.folders.delete(name),
    };
  }

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
