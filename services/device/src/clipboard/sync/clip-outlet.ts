import { type Clip, type Device, type OutgoingContent, RelayError } from '@openrelay/client';
import type { ClipContent } from '../clipboard';
import type { ClipBudget } from './clip-budget';
import type { Copied } from './clip-order';
import { NewestOnly } from './newest-only';
import { bytesOf, sendLarge } from './send-large';

/** A clip that comes later than this would only overwrite what was copied since. */
const clipTtlSeconds = 120;
/** Half of what a minute allows by default: larger ones go in parts, so that others find room in between. */
const mostAtOnceBytes = 256 * 1024;
const longestPauseMs = 500;

export type OutgoingClip = { readonly content: ClipContent; readonly copied: Copied; readonly sinceMs: number };

export type OutletParts = {
  readonly peerId: string;
  readonly kind: 'sealed' | 'legacy';
  readonly device: Pick<Device, 'send' | 'link' | 'outbox' | 'sendFile' | 'transfers'>;
  readonly budget: ClipBudget;
  readonly now: () => number;
  readonly failed: (error: Error) => void;
  /** It waited for longer than a clip is worth. */
  readonly late: () => void;
  /** It goes in parts, which takes so long. */
  readonly begun: (clip: OutgoingClip, seconds: number) => void;
};

/** One peer's clips: one is on its way, the newest waits, also for a connection; what has waited for too long is dropped. */
export class ClipOutlet {
  private readonly newest: NewestOnly<OutgoingClip>;
  private unsent: OutgoingClip | undefined;

  constructor(private readonly parts: OutletParts) {
    this.newest = new NewestOnly((clip, outdated) => this.send(clip, outdated));
  }

  put(clip: OutgoingClip): void {
    this.unsent = undefined;
    this.newest.put(clip);
  }

  /** There is a connection again. */
  connected(): void {
    if (this.unsent !== undefined) this.put(this.unsent);
  }

  stop(): Promise<void> {
    this.unsent = undefined;
    return this.newest.stop();
  }

  private async send(clip: OutgoingClip, outdated: AbortSignal): Promise<void> {
    const { device, budget, failed } = this.parts;
    try {
      if ((await this.turn(clip, outdated)) === 'gone') return;
      if (device.link.state.is !== 'connected') {
        this.unsent = clip;
        return;
      }
      budget.spend();
      await (this.isLarge(clip) ? this.sendLarge(clip, outdated) : this.sendAtOnce(clip, outdated));
    } catch (error) {
      if (!outdated.aborted) failed(error as Error);
    }
  }

  /** Waits here and not in the outbox, where nothing newer could take its place. */
  private async turn(clip: OutgoingClip, outdated: AbortSignal): Promise<'now' | 'gone'> {
    const { device, budget, now, late } = this.parts;
    const bytes = this.isLarge(clip) ? 0 : bytesOf(clip.content).length;
    for (;;) {
      // A clock that was set back makes nothing old.
      if (outdated.aborted) return 'gone';
      if (now() - clip.sinceMs > clipTtlSeconds * 1000) {
        late();
        return 'gone';
      }
      const waitMs = Math.max(budget.waitMs(), device.outbox.waitMs(bytes));
      if (waitMs === 0 || device.link.state.is !== 'connected') return 'now';
      await pause(Math.min(waitMs, longestPauseMs), outdated);
    }
  }

  private async sendAtOnce(clip: OutgoingClip, outdated: AbortSignal): Promise<void> {
    const { peerId, kind, device } = this.parts;
    try {
      await device.send(peerId, outgoing(clip.content, clip.copied), { ttlSeconds: clipTtlSeconds });
    } catch (error) {
      const isTooLarge = error instanceof RelayError && error.code === 413;
      if (!isTooLarge || kind === 'legacy') throw error;
      await this.sendLarge(clip, outdated);
    }
  }

  private sendLarge(clip: OutgoingClip, outdated: AbortSignal): Promise<void> {
    return sendLarge(clip, outdated, this.parts);
  }

  /** The Windows app takes no transfers, but chunks of its own. */
  private isLarge({ content }: OutgoingClip): boolean {
    const { kind, device } = this.parts;
    const { state } = device.link;
    const told = state.is === 'connected' ? (state.registration.limits?.max_message_bytes ?? 0) : 0;
    // As base64 in JSON three bytes are four.
    const most = told === 0 ? mostAtOnceBytes : Math.min(mostAtOnceBytes, told * 0.7);
    return kind === 'sealed' && bytesOf(content).length > most;
  }
}

function outgoing(content: ClipContent, { at, from }: Clip): OutgoingContent {
  const clip = { at, from };
  if (content.is === 'text') return { text: content.text, clip };
  return { image: content.png, mime: 'image/png', clip };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
