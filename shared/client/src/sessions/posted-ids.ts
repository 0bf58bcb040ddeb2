/** For each peer; the answer to a message comes soon, or to a later one. */
const maxRemembered = 256;

/**
 * What was posted to each peer since its session began, in this process. An answer that names one of these is no older than the
 * message: neither an earlier session's, nor one that the relay had made ready.
 */
export class PostedIds {
  private readonly byPeer = new Map<string, Set<string>>();

  add(peerId: string, messageId: string): void {
    const ids = this.byPeer.get(peerId) ?? new Set();
    this.byPeer.set(peerId, ids.add(messageId.toLowerCase()));
    for (const oldest of ids) {
      if (ids.size <= maxRemembered) break;
      ids.delete(oldest);
    }
  }

  has(peerId: string, messageId: string): boolean {
    return this.byPeer.get(peerId.toUpperCase())?.has(messageId.toLowerCase()) === true;
  }

  forget(peerId: string): void {
    this.byPeer.delete(peerId);
  }
}
