import type { ProveMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { CommandParts } from './command';

/** The answer to an open challenge is not counted: the `Register` before it was. */
export function prove(parts: CommandParts, connection: Connection, message: ProveMessage): void {
  if (connection.challenge || parts.replies.allowControl(connection))
    parts.challenges.prove(connection, message.signature);
}
