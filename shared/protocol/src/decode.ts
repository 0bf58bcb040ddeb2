import { errorTable } from './errors';
import {
  bytesIn,
  chargedNames,
  type FieldedType,
  firstComplaint,
  isFieldedType,
  isForwarded,
  wideComplaint,
} from './fields';
import { memberText, payloadTextOf, sealJson, sealStampedJson } from './json-forward';
import { beginsObject, holdsTooMuch } from './json-scan';
import { freeFieldBytes, maxValues } from './limits';
import type { Acceptance, AuthMessage, DeviceMessage, KeyRotationMessage, Presence, Refusal } from './messages';
import { payloadBytesOf, sealPacked, sealStampedPacked } from './msgpack-forward';
import { MalformedPack, type PackedMember, skipPacked } from './msgpack-scan';
import { packr } from './packr';
import type { Sealed } from './sealed';
import { holdsHalfCharacter, type IsUtf8, isUtf8 as isUtf8Anywhere } from './well-formed';

type Payload = Record<string, unknown>;
type Frame = { type: FieldedType; payload: Payload };

/** How the two encodings differ once a frame's fields have been checked. */
type Forwarding = {
  byteLength: ByteLength;
  /** Bytes of the uncharged fields beyond the free ones. */
  excessBytes: () => number;
  whole(type: string): Sealed;
  stamped(type: string, senderId: string): Sealed;
};

/** Echoes the message id as the device wrote it, unless no frame can hold it: half of a character, for one. */
function refuse(text: string, messageId?: unknown): Refusal {
  const isSayable = typeof messageId === 'string' && messageId.isWellFormed();
  return { type: 'refused', code: errorTable.malformed.code, text, messageId: isSayable ? messageId : undefined };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Decides what a parsed frame is, without looking at where its parts lie. */
function classify(value: unknown): Frame | DeviceMessage | Refusal {
  if (!isRecord(value)) return refuse(noObject);
  const { type, payload } = value;
  if (type === 'Ping') return { type };
  if (!isFieldedType(type)) return refuse(`The relay takes no message of type ${named(type)}.`);
  if (!isRecord(payload)) return refuse(`${type} needs an object "payload".`);
  const complaint = firstComplaint(type, payload);
  if (complaint !== undefined) return refuse(complaint, type === 'Send' ? payload.message_id : undefined);
  return { type, payload };
}

function named(type: unknown): string {
  return typeof type === 'string' ? JSON.stringify(type.slice(0, 40)) : 'that is no text';
}

/** Bytes of a text in UTF-8. */
type ByteLength = (text: string) => number;

const utf8Length: ByteLength = (text) => new TextEncoder().encode(text).length;

function sizeOf(value: unknown, byteLength: ByteLength): number {
  if (typeof value === 'string') return byteLength(value);
  return value instanceof Uint8Array ? value.length : 0;
}

/** Bytes of the fields that the message is charged for. */
function chargedBytes({ type, payload }: Frame, byteLength: ByteLength): number {
  let bytes = 0;
  for (const name of chargedNames(type)) bytes += sizeOf(payload[name], byteLength);
  return bytes;
}

/** HOT PATH. A character has three bytes at most, so most texts are known to be free without counting their bytes. */
function excessOfText(text: string, { type, payload }: Frame, byteLength: ByteLength): number {
  const names = chargedNames(type);
  let characters = text.length;
  for (const name of names) characters -= (payload[name] as string).length;
  if (3 * characters <= freeFieldBytes) return 0;
  let bytes = byteLength(text);
  for (const name of names) bytes -= byteLength(memberText(text, name));
  return Math.max(0, bytes - freeFieldBytes);
}

function excessOfPacked(payload: Uint8Array, members: PackedMember[], type: FieldedType): number {
  const names = chargedNames(type);
  let bytes = payload.length;
  for (const { key, valueStart, valueEnd } of members) if (names.includes(key)) bytes -= valueEnd - valueStart;
  return Math.max(0, bytes - freeFieldBytes);
}

function build(frame: Frame, forwarding: Forwarding): DeviceMessage {
  const { type, payload } = frame;
  const claimedId = payload.hardware_id as string;
  switch (type) {
    case 'Register':
      return {
        type,
        claimedId,
        acks: payload.acks === true,
        presence: payload.presence === 'hidden' ? 'hidden' : 'shown',
        publicKey: bytesOf(payload.public_key),
        succession: bytesOf(payload.succession),
      };
    case 'Prove':
      return { type, signature: bytesOf(payload.signature)! };
    case 'Contacts':
      return {
        type,
        accept: payload.accept as Acceptance,
        add: tagsOf(payload.add) ?? [],
        remove: tagsOf(payload.remove) ?? [],
        replace: tagsOf(payload.replace),
      };
    case 'Ack':
      return { type, messageId: payload.message_id as string };
    case 'Status':
      return { type, claimedId, presence: payload.status as Presence };
    case 'Send':
      return {
        type,
        claimedId,
        senderId: payload.sender_id as string,
        recipientId: payload.recipient_id as string,
        messageId: payload.message_id as string,
        ttlSeconds: Number(payload.ttl),
        payloadBytes: chargedBytes(frame, forwarding.byteLength),
        excessBytes: forwarding.excessBytes(),
        forward: forwarding.whole('Receive'),
      };
    case 'AuthRequest':
    case 'AuthResponse':
    case 'AuthVerify':
    case 'AuthSuccess':
      return toPeer(type, frame, forwarding.stamped(type, claimedId), forwarding);
    case 'KeyRotationUpdate':
    case 'KeyRotationAck':
      return toPeer(type, frame, forwarding.whole(type), forwarding);
  }
}

/** A copy: a frame's bytes are not kept. */
function bytesOf(value: unknown): Uint8Array | undefined {
  const bytes = bytesIn(value);
  return bytes && Uint8Array.from(bytes);
}

function tagsOf(value: unknown): string[] | undefined {
  return (value as string[] | null | undefined)?.map((tag) => tag.toLowerCase());
}

function toPeer<T extends AuthMessage['type'] | KeyRotationMessage['type']>(
  type: T,
  frame: Frame,
  forward: Sealed,
  { byteLength, excessBytes }: Forwarding,
) {
  const claimedId = frame.payload.hardware_id as string;
  const recipientId = frame.payload.recipient_id as string;
  const payloadBytes = chargedBytes(frame, byteLength);
  return { type, claimedId, recipientId, payloadBytes, excessBytes: excessBytes(), forward };
}

const nothingToForward: Forwarding = {
  byteLength: utf8Length,
  excessBytes: () => 0,
  whole: () => {
    throw new Error('this message is not forwarded');
  },
  stamped: () => {
    throw new Error('this message is not forwarded');
  },
};

function ambiguous(where: string, frame: Frame): Refusal {
  return refuse(`${where} has a key twice; each may stand once.`, frame.payload.message_id);
}

const halfCharacter =
  'The payload has half of a character (a lone surrogate, \\ud800 to \\udfff): send both halves, or neither.';
const noObject = 'A frame must be one object with "type" and "payload".';
const noUtf8 = 'The frame has text that is not UTF-8: send such bytes as bin.';

/** Whether `classify` found a message with fields. A `Ping` and a refusal are complete already. */
function hasFields(found: Frame | DeviceMessage | Refusal): found is Frame {
  return 'payload' in found;
}

/**
 * Reads one text frame of a JSON device. Never throws: answers a `Refusal` with code 400 for a frame that it cannot read.
 * @param byteLength counts a text's bytes in UTF-8; pass a faster one where the platform has it
 */
export function decodeJsonFrame(text: string, byteLength: ByteLength = utf8Length): DeviceMessage | Refusal {
  // A parser throws, which costs ten times as much as all the rest of such a frame.
  if (!beginsObject(text)) return refuse(noObject);
  if (holdsTooMuch(text)) return refuse(`The frame holds more than ${maxValues} keys and values: send fewer.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('The frame is not JSON: send one JSON object with "type" and "payload".');
  }
  const found = classify(value);
  if (!hasFields(found)) return found;
  if (found.type === 'Ack') return build(found, nothingToForward);
  try {
    const payload = payloadTextOf(text, value as object, found.payload);
    if ('ambiguous' in payload) return ambiguous(payload.ambiguous, found);
    if (!isForwarded(found.type)) return build(found, nothingToForward);
    if (holdsHalfCharacter(payload.text)) return refuse(halfCharacter, found.payload.message_id);
    const complaint = wideComplaint(found.type, found.payload, (name) => memberText(payload.text, name));
    if (complaint !== undefined) return refuse(complaint);
    return build(found, {
      byteLength,
      excessBytes: () => excessOfText(payload.text, found, byteLength),
      whole: (type) => sealJson(type, payload.text),
      stamped: (type, senderId) => sealStampedJson(type, payload.text, senderId),
    });
  } catch {
    return refuse('The payload nests too deep.', found.payload.message_id);
  }
}

/**
 * Reads one binary frame of a MessagePack device. Never throws. It keeps no reference to the bytes: it copies what is forwarded.
 * @param isUtf8 checks for UTF-8; pass a faster one where the platform has it
 */
export function decodeMessagePackFrame(bytes: Uint8Array, isUtf8: IsUtf8 = isUtf8Anywhere): DeviceMessage | Refusal {
  try {
    const survey = { valuesLeft: maxValues, isUtf8, hasBadText: false };
    if (skipPacked(bytes, 0, survey) !== bytes.length)
      return refuse('The frame holds more than one MessagePack object.');
    const found = classify(packr.unpack(bytes));
    if (found.type === 'refused') return found;
    if (survey.hasBadText) return refuse(noUtf8, hasFields(found) ? found.payload.message_id : undefined);
    if (!hasFields(found)) return found;
    if (found.type === 'Ack') return build(found, nothingToForward);
    const payload = payloadBytesOf(bytes);
    if ('ambiguous' in payload) return ambiguous(payload.ambiguous, found);
    if (!isForwarded(found.type)) return build(found, nothingToForward);
    const complaint = wideComplaint(found.type, found.payload, (name) => String(found.payload[name]));
    if (complaint !== undefined) return refuse(complaint);
    return build(found, {
      byteLength: utf8Length,
      excessBytes: () => excessOfPacked(payload.bytes, payload.members, found.type),
      whole: (type) => sealPacked(type, payload.bytes),
      stamped: (type, senderId) => sealStampedPacked(type, payload.bytes, payload.members, senderId),
    });
  } catch (error) {
    const reason = error instanceof MalformedPack ? ` (it ${error.message})` : '';
    return refuse(`The frame is no MessagePack that the relay takes${reason}: send one map with "type" and "payload".`);
  }
}
