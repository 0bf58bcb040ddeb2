import type { Head } from '../sessions/content';

/** What is to be sent, before anybody has agreed to it. */
export type Offer = {
  readonly t: 'offer';
  /** 1 to 64 characters of a-z, 0-9 and dash, of the sender's choice. */
  readonly id: string;
  /** As the sender has it: cleaned before use. */
  readonly name: string;
  /** Bytes, of a folder all its files'; absent for a stream. */
  readonly size?: number | undefined;
  readonly mime?: string | undefined;
  /** Unix ms. */
  readonly modified?: number | undefined;
  /** Bytes in each chunk but the last. */
  readonly chunk: number;
  /** A folder: how many files and empty folders follow, each an offer of its own with this one's id as `group`; 0 of an empty one. */
  readonly entries?: number | undefined;
  readonly group?: string | undefined;
  /** Within the group's folder, with slashes. */
  readonly path?: string | undefined;
  /** It goes to the receiver's clipboard, and is no file there. */
  readonly clip?: OfferedClip | undefined;
};

/** Of a clipboard: when it was copied (Unix ms), and on which device first. */
export type OfferedClip = { readonly at: number; readonly from: string };

export type TransferHead =
  | Offer
  /** Begin, or go on, with this chunk: everything before it is written. */
  | { readonly t: 'accept'; readonly id: string; readonly have: number }
  | { readonly t: 'refuse' | 'cancel'; readonly id: string; readonly why: string }
  | { readonly t: 'chunk'; readonly id: string; readonly i: number }
  /** All chunks before this one are written. */
  | { readonly t: 'progress'; readonly id: string; readonly next: number }
  | { readonly t: 'end'; readonly id: string; readonly sha256: string; readonly size: number }
  | { readonly t: 'done'; readonly id: string; readonly ok: boolean };

const maxWhy = 200;
const maxNameBytes = 4_096;
const maxChunkBytes = 65_536;
/** Of one folder. */
export const maxEntries = 10_000;

/** Nothing for what this version does not know, or is of another form. */
export function readTransferHead(head: Head): TransferHead | undefined {
  const { t, id } = head;
  if (!isId(id)) return undefined;
  switch (t) {
    case 'offer':
      return readOffer(head, id);
    case 'accept':
      return isCount(head.have) ? { t, id, have: head.have } : undefined;
    case 'refuse':
    case 'cancel':
      return { t, id, why: typeof head.why === 'string' ? head.why.slice(0, maxWhy) : '' };
    case 'chunk':
      return isCount(head.i) ? { t, id, i: head.i } : undefined;
    case 'progress':
      return isCount(head.next) ? { t, id, next: head.next } : undefined;
    case 'end':
      return isCount(head.size) && isHash(head.sha256) ? { t, id, sha256: head.sha256, size: head.size } : undefined;
    case 'done':
      return typeof head.ok === 'boolean' ? { t, id, ok: head.ok } : undefined;
    default:
      return undefined;
  }
}

function readOffer(head: Head, id: string): Offer | undefined {
  const { name, size, mime, modified, chunk, entries, group, path, clip } = head;
  const isWhole =
    isText(name) &&
    isOr(size, isCount) &&
    isOr(mime, isText) &&
    isOr(modified, isCount) &&
    isOr(entries, isCount) &&
    isOr(group, isId) &&
    isOr(path, isText) &&
    isOr(clip, isClip) &&
    isCount(chunk);
  if (!isWhole || chunk === 0 || chunk > maxChunkBytes || (entries ?? 0) > maxEntries) return undefined;
  return {
    t: 'offer',
    id,
    name,
    size,
    mime,
    modified,
    chunk,
    entries,
    group,
    path,
    clip: clip && { at: clip.at, from: clip.from },
  };
}

function isOr<Value>(value: unknown, is: (value: unknown) => value is Value): value is Value | undefined {
  return value === undefined || is(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9-]{1,64}$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxNameBytes;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isClip(value: unknown): value is OfferedClip {
  const { at, from } = (value ?? {}) as Partial<OfferedClip>;
  return isCount(at) && isText(from);
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
