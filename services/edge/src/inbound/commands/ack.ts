import type { AckMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { notRegistered } from '../../connection/refusals';
import type { CommandParts } from './command';

/** HOT PATH. An ack of a message that is not in flight changes nothing; unless it is explained, it counts as a control frame. */
export function ack(parts: CommandParts, connection: Connection, message: AckMessage): void {
  if (!connection.isIdentified) {
    parts.replies.refuse(connection, notRegistered(connection));
    return;
  }
  if (parts.acknowledgements.acknowledge(connection, message.messageId)) return;
  if (!connection.liveOnly?.excuseAck()) parts.replies.allowControl(connection);
}
