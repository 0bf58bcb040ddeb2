/** For each peer; the answer to a message comes soon, or to a later one. */
const maxRemembered = 256;

/**
 * What was posted to each peer since its session began, in this process. An answer that names one of these is no older than the
 * message: neither an earlier session's, nor one that the relay had made ready.
 */
export class PostedIds {
  /** The counter of each. */
  private readonly byPeer = new Map<string, Map<string, number>>();

  add(peerId: string, messageId: string, counter: number): void {
    const ids = this.byPeer.get(peerId) ?? new Map();
    this.byPeer.set(peerId, ids.set(messageId.toLowerCase(), counter));
    for (const oldest of ids.keys()) {
      if (ids.size <= maxRemembered) break;
      ids.delete(oldest);
    }
  }

  has(peerId: string, messageId: string): boolean {
    return this.counterOf(peerId, messageId) !== undefined;
  }

  /** Under the key that was in use then. */
  counterOf(peerId: string, messageId: string): number | undefined {
    return this.byPeer.get(peerId.toUpperCase())?.get(messageId.toLowerCase());
  }

  forget(peerId: string): void {
    this.byPeer.delete(peerId);
  }
}
