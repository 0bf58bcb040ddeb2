import type { DeviceEvents, IncomingRecord } from '@openrelay/client';
import { type Entry, fileEntryId } from '../storage/entry';
import { receivedImage } from './pictures';

/** What became of a transfer that did not arrive, where nobody said why. */
export function failedSentence(direction: 'in' | 'out', outcome: DeviceEvents['finished']['outcome']): string {
  if (outcome === 'refused') return direction === 'in' ? 'You refused it.' : 'It was refused on the other device.';
  return outcome === 'cancelled' ? 'It was stopped.' : 'It did not arrive: send it again.';
}

/** What a message is shown as; nothing, when it is for another kind of device. */
export function whatOf(content: object): Entry['what'] | undefined {
  if ('text' in content && typeof content.text === 'string') return { kind: 'text', text: content.text };
  if (!('image' in content) || !('mime' in content)) return undefined;
  const bytes = receivedImage(content.image as Uint8Array, String(content.mime));
  // By it the file is named that a user saves: a peer must not name a program.
  return { kind: 'image', mime: bytes.type, bytes };
}

export function entryOfOffer({ peerId, id, name, mime = '', size, at, entries }: IncomingRecord): Entry {
  const entryId = fileEntryId('in', peerId, id);
  const what = { kind: 'file', transferId: id, name, mime, size, place: entryId, entries } as const;
  return { id: entryId, peerId, direction: 'in', at, what, state: { is: 'offered' } };
}
