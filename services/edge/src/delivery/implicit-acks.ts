import { implicitAckMs } from '@openrelay/protocol';
import { type Connection, progressOf } from '../connection/connection';
import type { InFlightMessage } from '../connection/in-flight';
import type { Acknowledgements } from './acknowledgements';

/** Whether the device itself says when it has the message: for these only its `Ack` counts. */
function isAckedBy(connection: Connection, { ackable }: InFlightMessage): boolean {
  return ackable && (connection.holding.promisesAcks || connection.progress.hasAcked);
}

/** What was written long enough ago to devices that never ack, and what has no id to ack by, counts as acked. */
export class ImplicitAcks {
  /** Connections that may have such messages. */
  private readonly watched = new Set<Connection>();

  constructor(private readonly acknowledgements: Acknowledgements) {}

  /** HOT PATH. The message was written to the connection. */
  watch(connection: Connection, message: InFlightMessage): void {
    if (!isAckedBy(connection, message)) this.watched.add(connection);
  }

  /** @param nowMs any clock that only goes forward */
  acknowledgeDue(nowMs: number): void {
    for (const connection of this.watched) {
      const { inFlight } = progressOf(connection);
      if (!connection.isOpen || inFlight === undefined || inFlight.isEmpty) {
        this.watched.delete(connection);
        continue;
      }
      const implicit = [...inFlight.messages()].filter((message) => !isAckedBy(connection, message));
      if (implicit.length === 0) this.watched.delete(connection);
      if (connection.output.frameBytes + connection.socket.bufferedBytes() > 0) continue;
      for (const message of implicit) this.acknowledgeIfDue(connection, message, nowMs);
    }
  }

  private acknowledgeIfDue(connection: Connection, message: InFlightMessage, nowMs: number): void {
    if (message.writtenAtMs === 0) {
      message.writtenAtMs = nowMs;
      return;
    }
    if (nowMs - message.writtenAtMs < implicitAckMs) return;
    this.acknowledgements.acknowledgeMessage(connection, message);
  }
}
