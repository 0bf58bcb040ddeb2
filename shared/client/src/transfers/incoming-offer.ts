import { cleanPath, shownFileName } from './clean-name';
import type { IncomingRecord } from './incoming-record';
import { newReceiving } from './receiving';
import type { Offer } from './transfer-head';

/** What an offer becomes in the store; nothing when its path leads out of its folder, or it is a folder in one that is not empty. */
export function recordOfOffer(peerId: string, offer: Offer, group: IncomingRecord | undefined, now: number) {
  const path = offer.path === undefined ? undefined : cleanPath(offer.path);
  if ((offer.path === undefined) !== (offer.group === undefined)) return undefined;
  if (offer.path !== undefined && path === undefined) return undefined;
  if (offer.group !== undefined && (offer.entries ?? 0) > 0) return undefined;
  // What is in a folder is taken unasked, and a clipboard has its own rules.
  if (offer.clip !== undefined && (offer.group !== undefined || offer.entries !== undefined)) return undefined;
  const size = offer.group !== undefined && offer.entries === 0 ? 0 : offer.size;
  const record: IncomingRecord = {
    ...newReceiving(offer.chunk, size),
    peerId,
    id: offer.id,
    name: path?.at(-1) ?? shownFileName(offer.name),
    path,
    group: offer.group,
    entries: offer.entries,
    mime: offer.mime,
    modified: offer.modified,
    clip: offer.clip,
    place: group?.place ?? '',
    at: now,
  };
  return record;
}
