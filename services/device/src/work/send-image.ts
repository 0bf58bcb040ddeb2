import { readFile, stat } from 'node:fs/promises';
import type { Device } from '@openrelay/client';
import { diskError } from '../files/disk-error';

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');
/** Far more than the relay's limits let through while it is worth anything. */
const mostBytes = 4 * 1024 * 1024;

/** Of a file that is a PNG, its bytes. Rejects with a sentence for what can't be read. */
export async function pngIn(path: string): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > mostBytes) return undefined;
    const bytes = await readFile(path);
    return bytes.subarray(0, pngSignature.length).equals(pngSignature) ? bytes : undefined;
  } catch (error) {
    throw diskError(path, 'can’t be read', error);
  }
}

/** To a Windows app, which takes no files. Resolves when the relay has it. */
export async function sendPng(device: Device, peerId: string, image: Uint8Array): Promise<'delivered' | 'queued'> {
  const { status } = await device.send(peerId, { image, mime: 'image/png' });
  return status ?? 'queued';
}
