import { sha256, toHex, utf8 } from '../crypto/index';

export type AppContent = { readonly text: string } | { readonly image: Uint8Array; readonly mime: string };

const settleMs = 5_000;

type Sent = { readonly mark: string; readonly size: string | undefined; readonly untilMs: number };

/** What was sent to one app last: the app may send it back, images in other bytes, as Windows encodes them anew. */
export class EchoMemory {
  private last: Sent | undefined;

  /** @param lingersMs how long the relay may keep it before the app gets it */
  sent(content: AppContent, lingersMs: number, now: number): void {
    this.last = { mark: markOf(content), size: sizeOf(content), untilMs: now + lingersMs + settleMs };
  }

  /** Once for each that was sent: whoever copies it again means it. */
  isEcho(content: AppContent, now: number): boolean {
    if (this.last === undefined || now >= this.last.untilMs) return false;
    const { mark, size } = this.last;
    const isEcho = markOf(content) === mark || (size !== undefined && size === sizeOf(content));
    if (isEcho) this.last = undefined;
    return isEcho;
  }
}

function markOf(content: AppContent): string {
  const bytes = 'text' in content ? utf8(content.text.replaceAll('\r\n', '\n')) : content.image;
  return `${'text' in content ? 'text' : 'image'} ${toHex(sha256(bytes))}`;
}

const sizeAt = 16;
const sizeEnd = 24;

/** Width and height of a PNG, which stay the same when it is encoded anew (its IHDR, RFC 2083). */
function sizeOf(content: AppContent): string | undefined {
  if ('text' in content || content.image.length < sizeEnd) return undefined;
  return toHex(content.image.subarray(sizeAt, sizeEnd));
}
