import type { Tick } from '../batching/tick';

/** Smaller frames are cut from Node.js's pool. */
const leastBytes = 16 * 1024;
/** Pieces have multiples of this, and up to as much of one is left unused. */
const stepBytes = 16 * 1024;
/** Of pieces that wait to be used again. */
export const mostFreeBytes = 16 * 1024 * 1024;

/**
 * HOT PATH. Memory of large frames, which is used again when a frame has left. V8 counts the bytes of buffers as its own: with
 * fresh ones it marks its whole heap every ten MiB, which takes as long as all else that the edge does with them.
 *
 * Trap: what is released too early is overwritten by another frame. A frame that is never released costs no more than its
 * garbage, so only who holds it last, and knows that nobody reads it any more, releases it.
 */
export class FrameMemory {
  /** By how many steps they have. */
  private readonly free = new Map<number, ArrayBuffer[]>();
  private freeBytes = 0;
  /** The frames that have memory, not the memory: one that is released again, late, has none to give. */
  private readonly lent = new WeakSet<Uint8Array>();
  private released: ArrayBuffer[] = [];

  /** To be made after all that writes to sockets: their steps of a tick come before its own. */
  constructor(private readonly tick: Pick<Tick, 'eachWrite' | 'schedule'>) {
    tick.eachWrite(() => this.takeReleased());
  }

  /** Bytes of any content. */
  allocate(length: number): Buffer {
    if (length < leastBytes || length > mostFreeBytes) return Buffer.allocUnsafe(length);
    const steps = Math.ceil(length / stepBytes);
    const piece = this.free.get(steps)?.pop();
    if (piece) this.freeBytes -= piece.byteLength;
    const memory = piece ?? (Buffer.allocUnsafeSlow(steps * stepBytes).buffer as ArrayBuffer);
    const frame = Buffer.from(memory, 0, length);
    this.lent.add(frame);
    return frame;
  }

  /**
   * Redis has answered to the call that stored the frame, so its socket took all of it. What is to be written to a device in this
   * turn still is. Does nothing with a frame from elsewhere.
   */
  release(frame: string | Uint8Array): void {
    if (typeof frame === 'string' || frame.length < leastBytes || !this.lent.delete(frame)) return;
    this.released.push(frame.buffer as ArrayBuffer);
    this.tick.schedule();
  }

  private takeReleased(): void {
    if (this.released.length === 0) return;
    for (const piece of this.released) this.keep(piece);
    this.released = [];
  }

  private keep(piece: ArrayBuffer): void {
    const steps = piece.byteLength / stepBytes;
    const most = mostFreeBytes - piece.byteLength;
    if (this.freeBytes > most) this.dropOthers(steps, most);
    if (this.freeBytes > most) return;
    const pieces = this.free.get(steps);
    if (pieces) pieces.push(piece);
    else this.free.set(steps, [piece]);
    this.freeBytes += piece.byteLength;
  }

  /** Sizes of which many were sent once must not keep out those that are sent now. */
  private dropOthers(steps: number, most: number): void {
    for (const [others, pieces] of this.free) {
      if (others === steps) continue;
      while (this.freeBytes > most && pieces.length > 0) this.freeBytes -= pieces.pop()!.byteLength;
    }
  }
}
