import type { Source } from '@openrelay/client';

/** A clip as what a transfer reads. @param onRead the peer has accepted, and goes on taking it */
export function clipSource(bytes: Uint8Array, onRead: () => void): Source {
  return {
    size: bytes.length,
    read: async (offset, length) => {
      onRead();
      return bytes.subarray(offset, offset + length);
    },
  };
}
