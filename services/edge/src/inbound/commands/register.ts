import { deviceKeyOf, type RegisterMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { floodedBefore, refusal } from '../../connection/refusals';
import type { CommandParts } from './command';

export function register(parts: CommandParts, connection: Connection, message: RegisterMessage): void {
  if (!parts.replies.allowControl(connection)) return;
  if (connection.isIdentified && deviceKeyOf(message.claimedId) !== connection.device) {
    parts.replies.refuse(
      connection,
      refusal('foreignId', 'This connection is registered under another hardware_id: open a new one.'),
    );
    return;
  }
  const waitMs = connection.isIdentified ? 0 : parts.floods.goOn(connection, deviceKeyOf(message.claimedId));
  if (waitMs > 0) {
    parts.replies.refuse(connection, floodedBefore(waitMs));
    return;
  }
  parts.challenges.begin(connection, message);
}
