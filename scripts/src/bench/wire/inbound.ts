/** Reads what a relay sends, without parsing JSON where the frame looks as frames usually do. */
import { idCharacters, startsWith } from './message-id';

/** `idOffset` is where the message id begins in the frame's bytes. */
export type Inbound =
  | { type: 'Receive' | 'Ack'; idOffset: number }
  | { type: 'Error'; code: number; messageId: string | undefined }
  | { type: 'other' }
  | { type: 'unreadable' };

const receiveStart = Buffer.from('{"type":"Receive",');
const ackStart = Buffer.from('{"type":"Ack",');
const messageIdKey = Buffer.from('"message_id":"');
const sealedKey = Buffer.from('"encrypted_data":"');
const quote = 0x22;
const unreadable: Inbound = { type: 'unreadable' };

export function readInbound(bytes: Buffer, start: number, end: number): Inbound {
  if (startsWith(bytes, start, receiveStart)) return withId('Receive', bytes, start, end);
  if (startsWith(bytes, start, ackStart)) return withId('Ack', bytes, start, end);
  return parseInbound(bytes, start, end);
}

/** Whether a `Receive` holds exactly these sealed bytes, untouched. */
export function holdsSealed(bytes: Buffer, start: number, end: number, sealed: Buffer): boolean {
  const found = bytes.indexOf(sealedKey, start);
  const from = found + sealedKey.length;
  const to = from + sealed.length;
  return found >= 0 && to < end && bytes[to] === quote && sealed.equals(bytes.subarray(from, to));
}

function withId(type: 'Receive' | 'Ack', bytes: Buffer, start: number, end: number): Inbound {
  const found = bytes.indexOf(messageIdKey, start);
  const idOffset = found + messageIdKey.length;
  return found < 0 || idOffset + idCharacters > end ? unreadable : { type, idOffset };
}

/** A relay is free to order keys otherwise and to use white space. */
function parseInbound(bytes: Buffer, start: number, end: number): Inbound {
  try {
    const { type, payload } = JSON.parse(bytes.toString('utf8', start, end));
    if (type === 'Error') return { type, code: Number(payload.code ?? 0), messageId: payload.message_id };
    if (type !== 'Receive' && type !== 'Ack') return { type: 'other' };
    const idOffset = bytes.indexOf(String(payload.message_id), start);
    return idOffset < 0 || idOffset >= end ? unreadable : { type, idOffset };
  } catch {
    return unreadable;
  }
}
