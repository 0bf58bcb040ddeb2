import type { DeviceMessage } from '@openrelay/protocol';
import type { Connection } from './connection';

/** Of one connection; a single frame may be of any size. */
export const maxEarlyFrames = 64;
export const maxEarlyBytes = 256 * 1024;
/** Of all connections. */
export const maxEarlyBytesOfNode = 32 * 1024 * 1024;

/** A frame that was read, and asks in the name of a device. */
export type EarlyFrame = { readonly message: DeviceMessage; readonly frameBytes: number };

type Waiting = { bytes: number; readonly frames: EarlyFrame[] };

/**
 * What devices say after their first `Register`, before Redis has answered it: until then nobody knows whether the id is
 * theirs, and it would be taken for their own word. It waits, for as long as Redis may take to answer.
 */
export class EarlyFrames {
  private readonly waiting = new Map<Connection, Waiting>();
  private bytes = 0;

  /** @param dispatch does what a frame asks for, as if it came now */
  constructor(private readonly dispatch: (connection: Connection, frame: EarlyFrame) => void) {}

  /** Answers false, and keeps nothing, when too much waits already. */
  keep(connection: Connection, frame: EarlyFrame): boolean {
    const { frameBytes } = frame;
    const waiting = this.waiting.get(connection) ?? { bytes: 0, frames: [] };
    const isFull =
      waiting.frames.length >= maxEarlyFrames || (waiting.bytes > 0 && waiting.bytes + frameBytes > maxEarlyBytes);
    if (isFull || this.bytes + frameBytes > maxEarlyBytesOfNode) return false;
    waiting.frames.push(frame);
    waiting.bytes += frameBytes;
    this.bytes += frameBytes;
    this.waiting.set(connection, waiting);
    return true;
  }

  /** A registration of the connection was answered, or could not be: when no other is under way, it is settled whose word it is. */
  settle(connection: Connection): void {
    const { isUnconfirmed, holding } = connection;
    if (isUnconfirmed && holding.registersUnderWay > 0) return;
    for (const frame of this.take(connection)) this.dispatch(connection, frame);
  }

  forget(connection: Connection): void {
    this.take(connection);
  }

  private take(connection: Connection): readonly EarlyFrame[] {
    const waiting = this.waiting.get(connection);
    if (!waiting) return [];
    this.waiting.delete(connection);
    this.bytes -= waiting.bytes;
    return waiting.frames;
  }
}
