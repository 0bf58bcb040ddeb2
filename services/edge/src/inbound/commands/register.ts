import { deviceKeyOf, type RegisterMessage } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import { floodedBefore, refusal } from '../../connection/refusals';
import type { CommandParts } from './command';

type RegisterCommandParts = {
  replies: Pick<CommandParts['replies'], 'allowControl' | 'refuse'>;
  challenges: Pick<CommandParts['challenges'], 'begin'>;
  floods: Pick<CommandParts['floods'], 'waitMs'>;
};

/**
 * A connection that has its device has little reason to prove a key, and each time takes as long as so large a frame that asks
 * for nothing.
 */
const anotherProofBytes = 256 * 1024;

export function register(parts: RegisterCommandParts, connection: Connection, message: RegisterMessage): void {
  const isAnotherProof = connection.isIdentified && message.publicKey !== undefined;
  if (!parts.replies.allowControl(connection, isAnotherProof ? anotherProofBytes : 0)) return;
  if (connection.isIdentified && deviceKeyOf(message.claimedId) !== connection.device) {
    parts.replies.refuse(
      connection,
      refusal('foreignId', 'This connection is registered under another hardware_id: open a new one.'),
    );
    return;
  }
  const waitMs = connection.isIdentified ? 0 : parts.floods.waitMs(deviceKeyOf(message.claimedId));
  if (waitMs > 0) {
    parts.replies.refuse(connection, floodedBefore(waitMs));
    return;
  }
  parts.challenges.begin(connection, message);
}
