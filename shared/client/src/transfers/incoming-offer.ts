import { cleanName, cleanPath } from './clean-name';
import type { IncomingRecord } from './incoming-record';
import { newReceiving } from './receiving';
import type { Offer } from './transfer-head';

/** What an offer becomes in the store; nothing when its path leads out of its folder. */
export function recordOfOffer(peerId: string, offer: Offer, group: IncomingRecord | undefined, now: number) {
  const path = offer.path === undefined ? undefined : cleanPath(offer.path);
  if ((offer.path === undefined) !== (offer.group === undefined)) return undefined;
  if (offer.path !== undefined && path === undefined) return undefined;
  const record: IncomingRecord = {
    ...newReceiving(offer.chunk, offer.size),
    peerId,
    id: offer.id,
    name: path?.at(-1) ?? cleanName(offer.name),
    path,
    group: offer.group,
    entries: offer.entries,
    mime: offer.mime,
    modified: offer.modified,
    place: group?.place ?? '',
    at: now,
  };
  return record;
}
