import { type Encoding, type Sealed, transcode } from '@openrelay/protocol';
import type { Tick } from '../batching/tick';
import type { Connection } from './connection';

function byteLength(frame: string | Uint8Array): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

/** The frame as a device of the given encoding reads it; none for what the other encoding cannot say. */
export function frameFor(encoding: Encoding, sealed: Sealed): string | Uint8Array | undefined {
  if (sealed.encoding === encoding) return sealed.frame;
  try {
    return transcode(sealed.frame, sealed.encoding);
  } catch {
    return undefined;
  }
}

export type OutboxEvents = {
  wrote: (bytes: number) => void;
  /** All that waited for a connection that was behind was written; if its socket took it all, it tells no more of it. */
  wroteBehind: (connection: Connection) => void;
  /** The library dropped a frame, or the device reads none of its answers: the connection is of no use any more. */
  unusable: (connection: Connection) => void;
};

/** HOT PATH. Frames for devices, written at the end of a turn: one write to the kernel for each connection. */
export class Outbox {
  private dirty: Connection[] = [];

  constructor(
    private readonly tick: Tick,
    /** More than this waiting for a device that asks and does not read makes its connection useless. */
    private readonly mostPendingBytes: number,
    private readonly events: OutboxEvents,
  ) {
    tick.eachWrite(() => this.flush());
  }

  add(connection: Connection, frame: string | Uint8Array): void {
    if (!connection.isOpen) return;
    if (connection.outbox.length === 0) {
      this.dirty.push(connection);
      this.tick.schedule();
    }
    connection.outbox.push(frame);
    connection.outboxBytes += byteLength(frame);
  }

  /** Writes what waits now; for a connection that is about to be closed. */
  flush(): void {
    if (this.dirty.length === 0) return;
    const connections = this.dirty;
    this.dirty = [];
    for (const connection of connections) this.write(connection);
  }

  private write(connection: Connection): void {
    const { outbox, outboxBytes, socket } = connection;
    connection.outbox = [];
    connection.outboxBytes = 0;
    if (!connection.isOpen) return;

    let lost = false;
    const sendAll = () => {
      for (const frame of outbox) if (socket.send(frame) === 'dropped') lost = true;
    };
    if (outbox.length === 1) sendAll();
    else socket.corked(sendAll);
    this.events.wrote(outboxBytes);
    connection.bufferedBytes = socket.bufferedBytes();
    if (lost || connection.bufferedBytes > this.mostPendingBytes) this.events.unusable(connection);
    else if (connection.isBehind) this.events.wroteBehind(connection);
  }
}
