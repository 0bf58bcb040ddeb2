import type { Clip, Device, OutgoingContent } from '@openrelay/client';
import type { ClipContent } from '../clipboard';
import type { Copied } from './clip-order';
import { NewestOnly } from './newest-only';

/** A clip that comes later than this would only overwrite what was copied since. */
const clipTtlSeconds = 120;

export type OutgoingClip = { readonly content: ClipContent; readonly copied: Copied; readonly sinceMs: number };

export type OutletParts = {
  readonly peerId: string;
  readonly device: Pick<Device, 'send' | 'link'>;
  readonly now: () => number;
  readonly failed: (peerId: string, error: Error) => void;
};

/** One peer's clips: one is on its way, the newest waits, also for a connection; what has waited for too long is dropped. */
export class ClipOutlet {
  private readonly newest: NewestOnly<OutgoingClip>;
  private unsent: OutgoingClip | undefined;

  constructor(private readonly parts: OutletParts) {
    this.newest = new NewestOnly((clip) => this.send(clip));
  }

  put(clip: OutgoingClip): void {
    this.unsent = undefined;
    this.newest.put(clip);
  }

  /** There is a connection again. */
  connected(): void {
    if (this.unsent !== undefined) this.put(this.unsent);
  }

  private async send(clip: OutgoingClip): Promise<void> {
    const { peerId, device, now, failed } = this.parts;
    // A clock that was set back makes nothing old.
    if (now() - clip.sinceMs > clipTtlSeconds * 1000) return;
    if (device.link.state.is !== 'connected') {
      this.unsent = clip;
      return;
    }
    try {
      await device.send(peerId, outgoing(clip.content, clip.copied), { ttlSeconds: clipTtlSeconds });
    } catch (error) {
      failed(peerId, error as Error);
    }
  }
}

function outgoing(content: ClipContent, { at, from }: Clip): OutgoingContent {
  const clip = { at, from };
  if (content.is === 'text') return { text: content.text, clip };
  return { image: content.png, mime: 'image/png', clip };
}
