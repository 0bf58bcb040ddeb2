import type { Mark, Registry } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import { type Connection, outputOf } from './connection';

/** A connection with more than this on its way to the device is backpressured: it reads from its queue as it drains. */
export const highWaterBytes = 1024 * 1024;
const lowWaterBytes = highWaterBytes / 2;

/** HOT PATH. Which sockets take nothing more for now, as Redis is told, so that senders of live-only messages are refused. */
export class Backpressure {
  private readonly marks: Batch<Mark>;

  constructor({ tick, link, registry }: { tick: Tick; link: Lanes; registry: Pick<Registry, 'mark'> }) {
    // One that gets lost is put right by the next check.
    this.marks = new Batch(link, tick, { run: (lane, marks) => registry.mark(lane, marks) });
  }

  /** Answers whether nothing more may be written. A socket that is found full is backpressured until it has drained. */
  pauseIfFull(connection: Connection): boolean {
    const output = outputOf(connection);
    if (output.isBackpressured) return true;
    if (output.pendingBytes <= highWaterBytes) return false;
    this.pause(connection);
    return true;
  }

  /** Nothing more may be written, for another reason than that the socket is full. */
  pause(connection: Connection): void {
    const output = outputOf(connection);
    if (output.isBackpressured) return;
    output.isBackpressured = true;
    this.mark(connection, 'backpressured');
  }

  /** There is less on its way to the device. Answers whether the connection is writable again, and was not before. */
  resumeIfDrained(connection: Connection): boolean {
    const output = outputOf(connection);
    output.bufferedBytes = connection.socket.bufferedBytes();
    if (!output.isBackpressured || output.pendingBytes > lowWaterBytes) return false;
    output.isBackpressured = false;
    this.mark(connection, 'writable');
    return true;
  }

  private mark({ device, session, shard }: Connection, mark: Mark['mark']): void {
    this.marks.add({ shard, device, session, mark });
  }
}
