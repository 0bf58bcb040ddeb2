import type { ContactsMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { notRegistered } from '../../connection/refusals';
import { type CommandParts, keepEarly } from './command';

/** A list of contacts costs Redis as much as many small frames do: so many bytes of a frame that asks for nothing. */
const bytesPerTag = 512;

export function contacts(
  parts: CommandParts,
  connection: Connection,
  message: ContactsMessage,
  frameBytes: number,
): void {
  const { add, remove, replace = [] } = message;
  const tags = add.length + remove.length + replace.length;
  if (!parts.replies.allowControl(connection, tags * bytesPerTag)) return;
  const change = () => {
    if (connection.isIdentified) parts.contactChanges.ask(connection, message);
    else parts.replies.refuse(connection, notRegistered(connection));
  };
  if (connection.isUnconfirmed) keepEarly(parts, connection, frameBytes, change);
  else change();
}
