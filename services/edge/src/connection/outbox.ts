import { type Encoding, type Sealed, transcode } from '@openrelay/protocol';
import type { Tick } from '../batching/tick';
import type { Socket } from '../sockets/transport';
import type { BandwidthMeter } from './bandwidth-meter';
import { type Connection, outputOf } from './connection';
import type { SocketOutput } from './socket-output';

/** The frame as a device of the given encoding reads it; none for what the other encoding cannot say. */
export function frameFor(encoding: Encoding, sealed: Sealed): string | Uint8Array | undefined {
  if (sealed.encoding === encoding) return sealed.frame;
  try {
    return transcode(sealed.frame, sealed.encoding);
  } catch {
    return undefined;
  }
}

function byteLength(frame: string | Uint8Array): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

function sendAll(socket: Socket, frames: readonly (string | Uint8Array)[]): 'taken' | 'dropped' {
  let outcome: 'taken' | 'dropped' = 'taken';
  socket.corked(() => {
    for (const frame of frames) if (socket.send(frame) === 'dropped') outcome = 'dropped';
  });
  return outcome;
}

/** HOT PATH. Frames for devices, written at the end of a turn: one write to the kernel for each connection. */
export class Outbox {
  private dirty: Connection[] = [];
  private written: Connection[] = [];

  constructor(
    private readonly tick: Tick,
    /** More than this waiting for a device that asks and does not read makes its connection useless. */
    private readonly mostPendingBytes: number,
    private readonly bandwidth: Pick<BandwidthMeter, 'count'>,
  ) {
    tick.eachWrite(() => this.flush());
  }

  /** Its bytes count for the month when they have left: what lies in the socket's buffer at its close never does. */
  add(connection: Connection, frame: string | Uint8Array): void {
    outputOf(connection).leavingBytes += this.addUncounted(connection, frame);
  }

  /** To count its bytes is the caller's part. Answers how many they are. */
  addUncounted(connection: Connection, frame: string | Uint8Array): number {
    if (!connection.isOpen) return 0;
    const bytes = byteLength(frame);
    if (outputOf(connection).add(frame, bytes)) {
      this.dirty.push(connection);
      this.tick.schedule();
    }
    return bytes;
  }

  /** The device has read some of what the socket's buffer had. */
  drained(connection: Connection): void {
    const output = outputOf(connection);
    output.bufferedBytes = connection.socket.bufferedBytes();
    this.countLeft(output);
  }

  private countLeft(output: SocketOutput): void {
    const bytes = output.takeLeft();
    if (bytes > 0) this.bandwidth.count('out', bytes);
  }

  /**
   * The backpressured connections for which all that waited was written since this was last called. A socket that took it
   * all tells no more of it.
   */
  takeWritten(): readonly Connection[] {
    const { written } = this;
    if (written.length > 0) this.written = [];
    return written;
  }

  private flush(): void {
    if (this.dirty.length === 0) return;
    const connections = this.dirty;
    this.dirty = [];
    for (const connection of connections) this.write(connection);
  }

  private write(connection: Connection): void {
    const { socket } = connection;
    const output = outputOf(connection);
    const frames = output.takeFrames();
    if (!connection.isOpen) return;

    const outcome = frames.length === 1 ? socket.send(frames[0]!) : sendAll(socket, frames);
    output.bufferedBytes = socket.bufferedBytes();
    this.countLeft(output);
    // The library dropped a frame, or the device reads none of its answers.
    if (outcome === 'dropped' || output.bufferedBytes > this.mostPendingBytes)
      socket.close('tryLater', 'this connection reads too slowly');
    else if (output.isBackpressured) this.written.push(connection);
  }
}
