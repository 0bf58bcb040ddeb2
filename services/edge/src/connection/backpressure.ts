import type { Mark, Registry } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import { type Connection, outputOf } from './connection';
import type { DoubtfulConnections } from './doubtful-connections';

/** A connection with more than this on its way to the device is backpressured: it reads from its queue as it drains. */
export const highWaterBytes = 1024 * 1024;
const lowWaterBytes = highWaterBytes / 2;

type MarkRequest = Mark & { connection: Connection };

export type BackpressureParts = {
  tick: Tick;
  link: Lanes;
  registry: Pick<Registry, 'mark'>;
  doubtful: DoubtfulConnections;
};

/** HOT PATH. Which sockets take nothing more for now, as Redis is told, so that senders of live-only messages are refused. */
export class Backpressure {
  private readonly marks: Batch<MarkRequest>;

  constructor(private readonly parts: BackpressureParts) {
    const { tick, link, registry, doubtful } = parts;
    this.marks = new Batch(link, tick, {
      run: (lane, marks) => registry.mark(lane, marks),
      failed: ({ connection }) => doubtful.addFailed(connection), // its check marks it
    });
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

  /** Redis has registered the connection anew, and forgot what it was told of the socket before. */
  resend(connection: Connection): void {
    if (connection.output.isBackpressured) this.mark(connection, 'backpressured');
  }

  private mark(connection: Connection, mark: Mark['mark']): void {
    const { device, session, shard } = connection;
    if (!this.marks.add({ connection, shard, device, session, mark })) this.parts.doubtful.addFailed(connection);
  }
}
