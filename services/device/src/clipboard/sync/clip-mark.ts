import { sha256, toHex, utf8 } from '@openrelay/client';
import type { ClipContent } from '../clipboard';

/** Stands for a content: two with the same mark are the same to their user. Line ends differ between platforms. */
export type ClipMark = string;

export function markOf(content: ClipContent): ClipMark {
  const bytes = content.is === 'text' ? utf8(content.text.replaceAll('\r\n', '\n')) : content.png;
  return `${content.is}:${toHex(sha256(bytes))}`;
}
