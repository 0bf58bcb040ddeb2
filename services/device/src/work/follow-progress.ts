import type { Device } from '@openrelay/client';

/** Bytes that the peer has written, of a file or of all files in a folder. Returns what ends it. */
export function followProgress(
  device: Device,
  { peerId, id }: { readonly peerId: string; readonly id: string },
  tell: (bytes: number) => void,
): () => void {
  const byFile = new Map<string, number>();
  return device.on('progress', (progress) => {
    const isOurs = progress.direction === 'out' && progress.peerId === peerId;
    if (!isOurs || (progress.id !== id && progress.group !== id)) return;
    byFile.set(progress.id, progress.bytes);
    let bytes = 0;
    for (const part of byFile.values()) bytes += part;
    tell(bytes);
  });
}
