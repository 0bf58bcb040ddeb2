import { implicitAckMs } from '@openrelay/protocol';
import type { Connection } from '../connection/connection';
import type { InFlightMessage } from './in-flight';

/** Whether the device itself says when it has the message: for these only its `Ack` counts. */
function isAckedBy(connection: Connection, { ackable }: InFlightMessage): boolean {
  return ackable && (connection.acks || connection.hasAcked);
}

/** What was written long enough ago to devices that never ack, and what has no id to ack by, counts as received. */
export class ImplicitAcks {
  /** Connections that may have such messages. */
  private readonly watched = new Set<Connection>();

  /** @param received told of each message, which is taken as acknowledged by then */
  constructor(private readonly received: (connection: Connection, message: InFlightMessage) => void) {}

  /** HOT PATH. The message was handed to the connection. */
  watch(connection: Connection, message: InFlightMessage): void {
    if (!isAckedBy(connection, message)) this.watched.add(connection);
  }

  /** @param nowMs any clock that only goes forward */
  receiveDue(nowMs: number): void {
    for (const connection of this.watched) {
      if (!connection.isOpen || connection.handed === undefined || connection.handed.isEmpty) {
        this.watched.delete(connection);
        continue;
      }
      const unackable = [...connection.handed.messages()].filter((message) => !isAckedBy(connection, message));
      if (unackable.length === 0) this.watched.delete(connection);
      connection.bufferedBytes = connection.socket.bufferedBytes();
      if (connection.pendingBytes > 0) continue;
      for (const message of unackable) this.receiveIfDue(connection, message, nowMs);
    }
  }

  private receiveIfDue(connection: Connection, message: InFlightMessage, nowMs: number): void {
    if (message.writtenAtMs === 0) {
      message.writtenAtMs = nowMs;
      return;
    }
    if (nowMs - message.writtenAtMs < implicitAckMs) return;
    connection.handed?.take(message);
    this.received(connection, message);
  }
}
