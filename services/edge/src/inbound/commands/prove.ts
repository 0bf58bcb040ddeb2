import type { ProveMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { CommandParts } from './command';

export function prove(parts: CommandParts, connection: Connection, message: ProveMessage): void {
  if (parts.replies.allowControl(connection)) parts.challenges.prove(connection, message.signature);
}
