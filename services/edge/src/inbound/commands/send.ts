import { deviceKeyOf, type SendMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { CommandParts } from './command';
import { identityRefusal } from './identity';

/** HOT PATH. A lifetime of 0 asks for live delivery only. */
export function send(parts: CommandParts, connection: Connection, message: SendMessage, frameBytes: number): void {
  const refused = identityRefusal(connection, message);
  if (refused) {
    parts.refuse(connection, refused, frameBytes);
    return;
  }
  const { messageId, forward } = message;
  const recipient = deviceKeyOf(message.recipientId);
  const ttlMs = Math.min(message.ttlSeconds, parts.maxTtlSeconds) * 1000;
  const proceed =
    ttlMs === 0
      ? () => parts.routing.forwards.forward(connection, recipient, messageId, forward)
      : () => parts.routing.store(connection, recipient, messageId, ttlMs, forward);
  parts.admission.admit(connection, message, frameBytes, proceed);
}
