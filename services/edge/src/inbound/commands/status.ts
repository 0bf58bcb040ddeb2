import type { StatusMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { type CommandParts, identityRefusal } from './command';

/** `Offline` lets messages queue while the socket stays open; `Online` and `Away` both ask for them again. */
export function setStatus(parts: CommandParts, connection: Connection, message: StatusMessage): void {
  if (!parts.replies.allowControl(connection)) return;
  const refused = identityRefusal(connection, message);
  if (refused) {
    parts.replies.refuse(connection, refused);
    return;
  }
  if (message.presence === 'Offline') parts.registrations.goOffline(connection);
  else parts.registrations.comeOnline(connection);
}
