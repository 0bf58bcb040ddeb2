import { readFile, stat } from 'node:fs/promises';
import type { Device } from '@openrelay/client';
import { diskError } from '../failures/disk-error';
import { nameOfPeer } from '../holding/device-names';
import type { SentView } from './works';

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');
/** Far more than the relay's limits let through while it is worth anything. */
const mostBytes = 16 * 1024 * 1024;

/** A file to a Windows app, which knows images alone. Resolves when the relay has it; rejects with a sentence. */
export async function sendToApp(device: Device, peerId: string, path: string): Promise<SentView> {
  const name = nameOfPeer(device.peers, peerId);
  const image = await pngIn(path);
  if (image === undefined) throw new Error(`${name} is a Windows app, which takes no files but PNG images.`);
  const { status } = await device.send(peerId, { image, mime: 'image/png' });
  return { peerId, name, outcome: status ?? 'queued', sentence: '' };
}

async function pngIn(path: string): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > mostBytes) return undefined;
    const bytes = await readFile(path);
    return bytes.subarray(0, pngSignature.length).equals(pngSignature) ? bytes : undefined;
  } catch (error) {
    throw diskError(path, 'can’t be read', error);
  }
}
