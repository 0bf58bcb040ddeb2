import type { Source } from '@openrelay/client';

/** Tells how far it was read: who receives it says so once a megabyte, which may take minutes under the relay's limits. */
export function toldSource(source: Source, told: (bytes: number) => void): Source {
  return {
    ...source,
    read: async (offset, length) => {
      const bytes = await source.read(offset, length);
      told(offset + bytes.length);
      return bytes;
    },
  };
}
