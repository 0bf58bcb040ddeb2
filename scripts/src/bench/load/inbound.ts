/** Reads what a relay sends, without parsing JSON where the frame looks as frames usually do. */
import { idCharacters } from './message-id';

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
const unreadable: Inbound = { type: 'unreadable' };

export function readInbound(bytes: Buffer, start: number, end: number): Inbound {
  const type = startsWith(bytes, start, end, receiveStart)
    ? 'Receive'
    : startsWith(bytes, start, end, ackStart)
      ? 'Ack'
      : undefined;
  if (!type) return parseInbound(bytes.toString('utf8', start, end), bytes, start, end);
  const idOffset = findId(bytes, start, end);
  return idOffset === undefined ? unreadable : { type, idOffset };
}

/** Whether a `Receive` holds exactly these sealed bytes, untouched. */
export function holdsSealed(bytes: Buffer, start: number, end: number, sealed: Buffer): boolean {
  const found = bytes.indexOf(sealedKey, start);
  if (found < 0) return false;
  const from = found + sealedKey.length;
  return (
    from + sealed.length < end &&
    sealed.equals(bytes.subarray(from, from + sealed.length)) &&
    bytes[from + sealed.length] === 0x22
  );
}

type Parsed = { type?: unknown; payload?: { message_id?: unknown; code?: unknown } };

/** A relay is free to order keys otherwise and to use white space. */
function parseInbound(text: string, bytes: Buffer, start: number, end: number): Inbound {
  const parsed = parse(text);
  if (!parsed) return unreadable;
  const id = typeof parsed.payload?.message_id === 'string' ? parsed.payload.message_id : undefined;
  if (parsed.type === 'Error') return { type: 'Error', code: Number(parsed.payload?.code ?? 0), messageId: id };
  if (parsed.type !== 'Receive' && parsed.type !== 'Ack') return { type: 'other' };
  const idOffset = id === undefined ? -1 : bytes.indexOf(id, start);
  return idOffset < 0 || idOffset >= end ? unreadable : { type: parsed.type, idOffset };
}

function parse(text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function findId(bytes: Buffer, start: number, end: number): number | undefined {
  const found = bytes.indexOf(messageIdKey, start);
  const idOffset = found + messageIdKey.length;
  return found < 0 || idOffset + idCharacters > end ? undefined : idOffset;
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let index = 0; index < prefix.length; index += 1) if (bytes[start + index] !== prefix[index]) return false;
  return true;
}
