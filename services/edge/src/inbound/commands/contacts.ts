import type { ContactsMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { notRegistered } from '../../connection/refusals';
import { type CommandParts, keepEarly } from './command';

/** A list of contacts costs Redis as much as many small frames do: so many bytes of a frame that asks for nothing. */
const bytesPerTag = 512;
/** Redis reads all tags that begin like a changed one. Whoever makes up tags makes them all begin alike: that takes as long as so many. */
const leastTags = 256;

export function contacts(
  parts: CommandParts,
  connection: Connection,
  message: ContactsMessage,
  frameBytes: number,
): void {
  if (connection.isUnconfirmed) {
    keepEarly(parts, connection, { message, frameBytes });
    return;
  }
  const { contactChanges, replies } = parts;
  const { add, remove, replace = [] } = message;
  const tags = add.length + remove.length + replace.length;
  const countedTags = tags === 0 ? 0 : Math.max(leastTags, tags);
  if (!replies.allowControl(connection, countedTags * bytesPerTag)) return;
  if (connection.isIdentified) contactChanges.ask(connection, message);
  else replies.refuse(connection, notRegistered(connection));
}
