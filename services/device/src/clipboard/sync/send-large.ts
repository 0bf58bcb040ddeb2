import type { Device } from '@openrelay/client';
import type { ClipContent } from '../clipboard';
import type { OutgoingClip } from './clip-outlet';
import { clipSource } from './clip-source';

export type LargeClipParts = {
  readonly peerId: string;
  readonly device: Pick<Device, 'sendFile' | 'transfers'>;
  /** It was offered: how long the relay's limits make it take. */
  readonly begun: (clip: OutgoingClip, seconds: number) => void;
};

/** A peer that is away must not find it in its clipboard hours later. */
const acceptMs = 120_000;
/** A minute's points may be used up by others, and the receiver says little. */
const stallMs = 10 * 60_000;

/** What no message holds, as a transfer that ends in the peer's clipboard. Resolves when it is over; rejects with a sentence. */
export async function sendLarge(clip: OutgoingClip, outdated: AbortSignal, parts: LargeClipParts): Promise<void> {
  const { peerId, device, begun } = parts;
  let cancel: (why: string) => void = () => {};
  let timer = setTimeout(() => cancel('It was not accepted in time.'), acceptMs);
  const onRead = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => cancel('It went no further.'), stallMs);
  };
  const source = clipSource(bytesOf(clip.content), onRead);
  const newer = (): void => cancel('Something else was copied since.');
  try {
    const { id, over, estimateSeconds } = await device.sendFile({ peerId, ...labelOf(clip), source });
    cancel = (why) => void device.transfers.cancel('out', peerId, id, why).catch(() => {});
    begun(clip, estimateSeconds);
    outdated.addEventListener('abort', newer);
    if (outdated.aborted) newer();
    const { outcome, sentence } = await over;
    if (outcome === 'done' || outdated.aborted) return;
    throw new Error(`What was copied did not get to the other device (${outcome}). ${sentence}`.trim());
  } finally {
    clearTimeout(timer);
    outdated.removeEventListener('abort', newer);
  }
}

function labelOf({ content, copied }: OutgoingClip) {
  const { at, from } = copied;
  return content.is === 'text'
    ? { name: 'clipboard.txt', mime: 'text/plain', clip: { at, from } }
    : { name: 'clipboard.png', mime: 'image/png', clip: { at, from } };
}

export function bytesOf(content: ClipContent): Uint8Array {
  return content.is === 'text' ? new TextEncoder().encode(content.text) : content.png;
}
