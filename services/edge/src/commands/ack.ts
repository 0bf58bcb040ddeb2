import type { AckMessage } from '@openrelay/protocol';
import { refusal } from '../admission';
import type { Connection } from '../connection';
import type { CommandParts } from './command';

/** HOT PATH. An ack of what was not handed over, or was acked before, changes nothing. */
export function ack(parts: CommandParts, connection: Connection, message: AckMessage): void {
  if (!connection.isIdentified) {
    parts.refuse(connection, refusal(403, 'Register first: this connection has no hardware_id yet.'));
    return;
  }
  if (parts.delivery.acknowledge(connection, message.messageId)) return;
  if (connection.acksExcused > 0) connection.acksExcused -= 1;
  else parts.allowControl(connection);
}
