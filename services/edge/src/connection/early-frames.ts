import type { Connection } from './connection';

/** Of one connection; a single frame may be of any size. */
export const maxEarlyFrames = 64;
export const maxEarlyBytes = 256 * 1024;
/** Of all connections. */
export const maxEarlyBytesOfNode = 32 * 1024 * 1024;

type Waiting = { bytes: number; readonly acts: (() => void)[] };

/**
 * What devices say after their first `Register`, before Redis has answered it: until then nobody knows whether the id is
 * theirs, and it would be taken for their own word. It waits, for as long as Redis may take to answer.
 */
export class EarlyFrames {
  private readonly waiting = new Map<Connection, Waiting>();
  private bytes = 0;

  /** Answers false, and keeps nothing, when too much waits already. */
  keep(connection: Connection, bytes: number, act: () => void): boolean {
    const waiting = this.waiting.get(connection) ?? { bytes: 0, acts: [] };
    const isFull =
      waiting.acts.length >= maxEarlyFrames || (waiting.bytes > 0 && waiting.bytes + bytes > maxEarlyBytes);
    if (isFull || this.bytes + bytes > maxEarlyBytesOfNode) return false;
    waiting.acts.push(act);
    waiting.bytes += bytes;
    this.bytes += bytes;
    this.waiting.set(connection, waiting);
    return true;
  }

  /** A registration of the connection was answered, or could not be: when no other is under way, it is settled whose word it is. */
  settle(connection: Connection): void {
    const { isUnconfirmed, holding } = connection;
    if (isUnconfirmed && holding.registersUnderWay > 0) return;
    for (const act of this.take(connection)) act();
  }

  forget(connection: Connection): void {
    this.take(connection);
  }

  private take(connection: Connection): (() => void)[] {
    const waiting = this.waiting.get(connection);
    if (!waiting) return [];
    this.waiting.delete(connection);
    this.bytes -= waiting.bytes;
    return waiting.acts;
  }
}
