import { deviceKeyOf, type Refusal } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { EarlyFrame, EarlyFrames } from '../../connection/early-frames';
import type { FloodMemory } from '../../connection/flood-memory';
import type { Outbox } from '../../connection/outbox';
import { cannotRegister, notRegistered, refusal } from '../../connection/refusals';
import type { Replies } from '../../connection/replies';
import type { Acknowledgements } from '../../delivery/acknowledgements';
import type { Registrations } from '../../holders/registrations';
import type { Admission } from '../admission';
import type { Challenges } from '../challenges';
import type { ContactChanges } from '../contact-changes';

/** What the commands work with. */
export type CommandParts = {
  registrations: Registrations;
  challenges: Challenges;
  contactChanges: ContactChanges;
  earlyFrames: EarlyFrames;
  admission: Admission;
  acknowledgements: Acknowledgements;
  floods: FloodMemory;
  outbox: Outbox;
  replies: Replies;
  maxTtlSeconds: number;
};

/** What asks in the name of a device waits until Redis has said that the connection holds it. One frame too many is refused. */
export function keepEarly(
  { earlyFrames, replies }: CommandParts,
  connection: Connection,
  frame: EarlyFrame,
  messageId?: string,
): void {
  if (!earlyFrames.keep(connection, frame)) replies.refuse(connection, cannotRegister({ messageId }));
}

/** Whether an id is the registered one, in whatever case. Devices write it as they registered it nearly always. */
function isOwn(connection: Connection, id: string): boolean {
  return id === connection.hardwareId || deviceKeyOf(id) === connection.device;
}

/** Why a message with these claimed ids may not be taken from this connection, if it may not. */
export function identityRefusal(
  connection: Connection,
  message: { claimedId: string; senderId?: string; messageId?: string },
): Refusal | undefined {
  if (!connection.isIdentified) return notRegistered(connection, message);
  if (!isOwn(connection, message.claimedId)) {
    return refusal('foreignId', 'The hardware_id is not the one that this connection registered.', message);
  }
  if (message.senderId !== undefined && !isOwn(connection, message.senderId)) {
    return refusal('foreignId', 'The sender_id is not the hardware_id that this connection registered.', message);
  }
  return undefined;
}
