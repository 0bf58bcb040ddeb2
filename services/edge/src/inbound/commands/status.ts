import type { StatusMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { CommandParts } from './command';
import { identityRefusal } from './identity';

/** `Offline` lets messages queue while the socket stays open; `Online` and `Away` both ask for them again. */
export function setStatus(parts: CommandParts, connection: Connection, message: StatusMessage): void {
  if (!parts.allowControl(connection)) return;
  const refused = identityRefusal(connection, message);
  if (refused) {
    parts.refuse(connection, refused);
    return;
  }
  if (message.presence === 'Offline') parts.registrations.goOffline(connection);
  else parts.registrations.comeOnline(connection);
}
