import type { Clipboard, ClipContent } from '../clipboard';
import type { ClipMark } from './clip-mark';

/** Which of two copies is the newer one: by when it was copied, then by the origin's id. */
export type Copied = {
  /** Unix ms, by the clock of the device where it was copied, and later than whatever that device knew of. */
  readonly at: number;
  /** The id of that device. */
  readonly from: string;
};

/** What a device remembers of its clipboard; see `localCopy` and `remoteCopy`. */
export type ClipOrder = {
  readonly newest: (Copied & { readonly mark: ClipMark; readonly is: ClipContent['is'] }) | undefined;
  /** Other marks of the same content: a platform encodes images anew. */
  readonly alike: readonly ClipMark[];
  /** Until then (Unix ms) the first image that the clipboard tells of is the one that was put there. */
  readonly settlesAt: number;
  /** What other devices' clips took the place of: until then (Unix ms) it may still be read, until the newest was seen. */
  readonly before?: { readonly marks: readonly ClipMark[]; readonly until: number } | undefined;
};

export type Arrived = Copied & { readonly is: ClipContent['is']; readonly mark: ClipMark };

/** Why a copy goes no further; `echo`: it is what is there already. */
export type Decided<Go extends string> = {
  readonly order: ClipOrder;
  readonly do: Go | 'ignore: echo' | 'ignore: older';
};

export const noClips: ClipOrder = { newest: undefined, alike: [], settlesAt: 0 };

/** How long after an image was set its own clipboard may still tell of it in other bytes. */
const settleMs = 5_000;
/** At most, as the first sight of what was set ends it. */
const staleMs = 30_000;
const mostBefore = 100;
/** A clock that is wrong by more is not followed: it would win for ever. */
const mostAheadMs = 24 * 60 * 60 * 1000;

/** Something was copied on this device, or its clipboard tells of what was put there. */
export function localCopy(
  order: ClipOrder,
  content: { readonly is: ClipContent['is']; readonly mark: ClipMark },
  { now, ownId }: { readonly now: number; readonly ownId: string },
): Decided<'send'> {
  const { newest, alike, settlesAt, before } = order;
  // What was set is there: from now on what was there before it is a copy of somebody's.
  const settled = { ...order, before: undefined };
  if (newest?.mark === content.mark || alike.includes(content.mark)) return { order: settled, do: 'ignore: echo' };
  if (before?.marks.includes(content.mark) && now < before.until) return { order, do: 'ignore: echo' };
  if (newest?.is === 'image' && content.is === 'image' && now < settlesAt) {
    return { order: { newest, alike: [...alike, content.mark], settlesAt: 0 }, do: 'ignore: echo' };
  }
  const at = Math.max(now, (newest?.at ?? 0) + 1);
  return { order: { newest: { ...content, at, from: ownId }, alike: [], settlesAt: 0 }, do: 'send' };
}

/** Something that was copied on another device has arrived. Each device comes to the same end, in whatever order they arrive. */
export function remoteCopy(
  order: ClipOrder,
  arrived: Arrived,
  { now, images }: { readonly now: number; readonly images: Clipboard['images'] },
): Decided<'write'> {
  const { newest, alike } = order;
  const copied = { ...arrived, at: Math.min(arrived.at, now + mostAheadMs) };
  if (!isNewest(order, copied)) return { order, do: 'ignore: older' };
  if (newest?.mark === copied.mark || alike.includes(copied.mark)) {
    return { order: { ...order, newest: { ...newest!, at: copied.at, from: copied.from } }, do: 'ignore: echo' };
  }
  const settlesAt = images === 'kept' ? 0 : now + settleMs;
  const before = newest && { marks: [...marksBefore(order), newest.mark], until: now + staleMs };
  return { order: { newest: copied, alike: [], settlesAt, before }, do: 'write' };
}

/** Several may arrive before the first is set. */
function marksBefore({ before }: ClipOrder): readonly ClipMark[] {
  return before?.marks.slice(-mostBefore) ?? [];
}

/** Whether a copy of another device would be set: it is newer than all that is known. */
export function isNewest({ newest }: ClipOrder, copied: Copied): boolean {
  return newest === undefined || isNewer(copied, newest);
}

function isNewer(one: Copied, other: Copied): boolean {
  return one.at === other.at ? one.from > other.from : one.at > other.at;
}
