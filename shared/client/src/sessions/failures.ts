import { SessionError } from './session-error';
import { shortId } from './session-events';

/**
 * A message whose handler failed comes again, and what follows it must wait for it: handled before, it would make the first one
 * too old to be read.
 */
export class Failures {
  private readonly failed = new Map<string, string>();

  async guard(peerId: string, messageId: string, handle: () => Promise<void>): Promise<void> {
    const first = this.failed.get(peerId);
    if (first !== undefined && first !== messageId) {
      throw new SessionError(
        'waits',
        `A message of ${shortId(peerId)} waits for an earlier one that could not be handled.`,
      );
    }
    try {
      await handle();
      this.failed.delete(peerId);
    } catch (error) {
      this.failed.set(peerId, messageId);
      throw error;
    }
  }

  forget(peerId: string): void {
    this.failed.delete(peerId);
  }

  /** The relay delivers again, in order. */
  clear(): void {
    this.failed.clear();
  }
}
