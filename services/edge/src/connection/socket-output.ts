type Frame = string | Uint8Array;

/** What is on its way to a device. */
export class SocketOutput {
  /** The socket is backed up: the connection reads from its queue only, as there is room. */
  isBackpressured = false;
  /** Bytes that the socket held when it was last looked at. */
  bufferedBytes = 0;
  /** Frames for the end of this turn. */
  private frames: Frame[] | undefined;
  frameBytes = 0;
  /** Of the bytes on their way, those that count for the month as they leave the buffers of this process. */
  leavingBytes = 0;

  /** Bytes on their way to the device. */
  get pendingBytes(): number {
    return this.frameBytes + this.bufferedBytes;
  }

  /** Answers whether it is the first one of this turn. */
  add(frame: Frame, bytes: number): boolean {
    this.frameBytes += bytes;
    if (this.frames) {
      this.frames.push(frame);
      return false;
    }
    this.frames = [frame];
    return true;
  }

  /** Answers how many of these bytes have left since it was last asked: they are in no buffer any more. */
  takeLeft(): number {
    const left = Math.max(0, this.leavingBytes - this.pendingBytes);
    this.leavingBytes -= left;
    return left;
  }

  /** Takes out what waits, to be written. */
  takeFrames(): readonly Frame[] {
    const frames = this.frames ?? [];
    this.frames = undefined;
    this.frameBytes = 0;
    return frames;
  }
}
