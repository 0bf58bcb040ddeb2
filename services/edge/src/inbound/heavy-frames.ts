import { countJsonValues, countPackedValues } from '@openrelay/protocol';
import type { Connection } from '../connection/connection';

/** Keys and values of a frame that takes no longer to read than others. */
const lightValues = 256;
/** A shorter frame has not many more, 580 at the most: its values are not counted. */
const lightBytes = 2048;
/** So many keys and values count as one control frame. */
const valuesPerCount = 64;
/** Of one connection; a single frame may be of any size. */
const mostFrames = 256;
const mostBytes = 1024 * 1024;
/** Of all connections. */
const mostBytesOfNode = 32 * 1024 * 1024;

export type FrameKind = 'text' | 'binary';

type Waiting = { readonly bytes: ArrayBuffer; readonly kind: FrameKind; readonly isHeavy: boolean };

/** What a connection said, in order, from its first frame on that has many values. */
type Backlog = { frames: Waiting[]; bytes: number };

export type HeavyFrameParts = {
  /** Whether a connection may send so many values more; if not, it has been told. `counts`: as control frames. */
  allow: (connection: Connection, counts: number) => boolean;
  dispatch: (connection: Connection, bytes: ArrayBuffer, kind: FrameKind) => void;
  /** Dispatching has thrown. */
  failed: (connection: Connection, error: unknown) => void;
};

/**
 * Frames of many keys and values, which take a hundred times as long to read as others: one of them is read in a turn of the
 * event loop, of one connection after the other, so that nobody else waits for more than one.
 */
export class HeavyFrames {
  private readonly backlogs = new Map<Connection, Backlog>();
  private bytes = 0;
  private isScheduled = false;

  constructor(private readonly parts: HeavyFrameParts) {}

  /** HOT PATH. Whether all that the connection says has to wait. */
  hasBacklog(connection: Connection): boolean {
    return this.backlogs.size > 0 && this.backlogs.has(connection);
  }

  /** Answers whether the frame waits for its turn, or is not taken at all: it needs no further care then. */
  holdBack(connection: Connection, bytes: ArrayBuffer, kind: FrameKind): boolean {
    const backlog = this.backlogs.get(connection);
    if (bytes.byteLength <= lightBytes && !backlog) return false;
    const values = bytes.byteLength <= lightBytes ? 0 : valuesIn(connection, bytes);
    if (values <= lightValues && !backlog) return false;
    if (values > lightValues && !this.parts.allow(connection, Math.ceil(values / valuesPerCount))) return true;
    this.add(connection, backlog, { bytes, kind, isHeavy: values > lightValues });
    return true;
  }

  private add(
    connection: Connection,
    backlog: Backlog = { frames: [], bytes: 0 },
    { bytes, kind, isHeavy }: Waiting,
  ): void {
    const { byteLength } = bytes;
    const isFull =
      backlog.frames.length >= mostFrames || (backlog.frames.length > 0 && backlog.bytes + byteLength > mostBytes);
    if (isFull || this.bytes + byteLength > mostBytesOfNode) {
      connection.socket.close('tryLater', 'more than the relay can read at a time');
      return;
    }
    backlog.frames.push({ bytes: bytes.slice(0), kind, isHeavy }); // valid only until we return
    backlog.bytes += byteLength;
    this.bytes += byteLength;
    this.backlogs.set(connection, backlog);
    this.schedule();
  }

  forget(connection: Connection): void {
    const backlog = this.backlogs.get(connection);
    if (!backlog) return;
    this.backlogs.delete(connection);
    this.bytes -= backlog.bytes;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.next());
  }

  /** The first connection's heavy frame, and what comes up to its next one; then it is the last. */
  private next(): void {
    this.isScheduled = false;
    const [first] = this.backlogs;
    if (!first) return;
    const [connection, backlog] = first;
    const next = backlog.frames.findIndex(({ isHeavy }, i) => i > 0 && isHeavy);
    const frames = backlog.frames.splice(0, next < 0 ? backlog.frames.length : next);
    const taken = frames.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    backlog.bytes -= taken;
    this.bytes -= taken;
    this.backlogs.delete(connection);
    if (backlog.frames.length > 0) this.backlogs.set(connection, backlog);
    for (const { bytes, kind } of frames) if (connection.isOpen) this.dispatch(connection, bytes, kind);
    if (this.backlogs.size > 0) this.schedule();
  }

  private dispatch(connection: Connection, bytes: ArrayBuffer, kind: FrameKind): void {
    try {
      this.parts.dispatch(connection, bytes, kind);
    } catch (error) {
      this.parts.failed(connection, error);
    }
  }
}

/** Of text that need not be JSON, the marks of so many; of bytes that are no MessagePack, as many as there are before they are none. */
function valuesIn({ encoding }: Connection, bytes: ArrayBuffer): number {
  return encoding === 'json'
    ? countJsonValues(Buffer.from(bytes).toString('latin1'))
    : countPackedValues(new Uint8Array(bytes));
}
