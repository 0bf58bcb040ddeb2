import {
  concat,
  fromBase64,
  nulJoined,
  type SigningKey,
  textOf,
  toBase64,
  utf8,
  verifySignature,
} from '../crypto/index';

/** "I don't know you": the one thing that two devices without a session can say. Not sealed, but signed. */
const start = Uint8Array.of(1, 0);

export type NoticeRoute = { readonly senderId: string; readonly recipientId: string; readonly messageId: string };

/** @param route of the notice itself, but for the id: that of the message that it answers */
export async function writeUnpairedNotice(route: NoticeRoute, signing: SigningKey): Promise<Uint8Array> {
  const proof = toBase64(await signing.sign(provenBytes(route)));
  return concat(start, utf8(JSON.stringify({ t: 'unpaired', message_id: route.messageId, proof })));
}

/** Whether these bytes are a notice, of whatever worth. */
export function isNotice(bytes: Uint8Array): boolean {
  return bytes[0] === start[0] && bytes[1] === start[1];
}

/** The id of the message that was not read; nothing when it is no such notice, or not signed by this key. */
export async function readUnpairedNotice(
  bytes: Uint8Array,
  route: Omit<NoticeRoute, 'messageId'>,
  signing: Uint8Array,
): Promise<string | undefined> {
  try {
    const { t, message_id: messageId, proof } = JSON.parse(textOf(bytes.subarray(start.length)) ?? '');
    const signature = fromBase64(proof);
    if (t !== 'unpaired' || typeof messageId !== 'string' || signature === undefined) return undefined;
    const isSigned = await verifySignature(signing, provenBytes({ ...route, messageId }), signature);
    return isSigned ? messageId : undefined;
  } catch {
    return undefined;
  }
}

function provenBytes({ senderId, recipientId, messageId }: NoticeRoute): Uint8Array {
  const ids = [senderId.toUpperCase(), recipientId.toUpperCase(), messageId.toLowerCase()];
  return nulJoined('openrelay-unpaired-v1', ...ids);
}
