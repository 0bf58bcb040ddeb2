import { encodeAck } from '@openrelay/protocol';
import type { Connection } from './connection';
import type { Outbox } from './outbox';

/** Tells a sender what became of its `Send`; without a `messageId` there is nothing to tell. `expiresAtMs`: Unix ms. */
export function ackSender(
  outbox: Pick<Outbox, 'add'>,
  { sender, messageId }: { sender: Connection; messageId: string | undefined },
  status: 'delivered' | 'queued',
  expiresAtMs?: number,
): void {
  if (messageId === undefined) return;
  outbox.add(sender, encodeAck(sender.encoding, messageId, status, expiresAtMs));
}
