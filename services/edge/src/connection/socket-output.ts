type Frame = string | Uint8Array;

function byteLength(frame: Frame): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

/** What is on its way to a device. */
export class SocketOutput {
  /** The socket is backed up: the connection reads from its queue only, as there is room. */
  isBackpressured = false;
  /** Bytes that the socket held when it was last looked at. */
  bufferedBytes = 0;
  /** Frames for the end of this turn. */
  private frames: Frame[] | undefined;
  frameBytes = 0;

  /** Bytes on their way to the device. */
  get pendingBytes(): number {
    return this.frameBytes + this.bufferedBytes;
  }

  /** Answers whether it is the first one of this turn. */
  add(frame: Frame): boolean {
    this.frameBytes += byteLength(frame);
    if (this.frames) {
      this.frames.push(frame);
      return false;
    }
    this.frames = [frame];
    return true;
  }

  /** Takes out what waits, to be written. */
  takeFrames(): readonly Frame[] {
    const frames = this.frames ?? [];
    this.frames = undefined;
    this.frameBytes = 0;
    return frames;
  }
}
