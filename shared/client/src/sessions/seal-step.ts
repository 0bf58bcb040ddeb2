import type { RandomBytes } from '../crypto/index';
import { type Content, writeContent } from './content';
import { type SealedKind, sealBytes } from './sealed-message';
import { countsOf, epochOf, type SessionState, withCounts } from './session-state';

/**
 * AES-GCM with random nonces holds 2^32 messages for a key; this is far below, and far above what a key that is changed after
 * 10,000 sees, unless its peer has been away for very long.
 */
const maxMessages = 2 ** 30;

export type ToSeal = Content & { readonly kind: SealedKind; readonly messageId: string };
export type SealedStep = { readonly state: SessionState; readonly bytes: Uint8Array };

/** Seals under the key in use and counts. The state must be stored before, or together with, the first use of the bytes. */
export async function sealStep(state: SessionState, message: ToSeal, random: RandomBytes): Promise<SealedStep> {
  const { sendKeyId, ownId, peerId } = state;
  const counter = countsOf(state, sendKeyId).sent + 1;
  if (counter > maxMessages)
    throw new RangeError(`${maxMessages} messages are sealed under one key: pair with ${peerId} again.`);
  const route = { senderId: ownId, recipientId: peerId, messageId: message.messageId };
  const header = { kind: message.kind, keyId: sendKeyId, counter };
  const { sendKey } = epochOf(state, sendKeyId)!;
  const bytes = await sealBytes(sendKey, random(12), header, route, writeContent(message));
  return { state: withCounts(state, sendKeyId, { sent: counter }), bytes };
}
