import { type PackedMember, packedMembersOf } from './msgpack-scan';
import { packr } from './packr';
import { Sealed } from './sealed';

/** The bytes of a frame's payload, or the reason why the frame is ambiguous. */
export type PayloadBytes = { bytes: Uint8Array; members: PackedMember[] } | { ambiguous: string };

/** Locates the payload in a MessagePack frame. It refuses a key that stands twice, as in JSON. */
export function payloadBytesOf(frame: Uint8Array): PayloadBytes {
  const outer = packedMembersOf(frame);
  if (hasRepeats(outer)) return { ambiguous: 'The frame' };
  const payload = outer.find((member) => member.key === 'payload')!;
  const bytes = frame.subarray(payload.valueStart, payload.valueEnd);
  const members = packedMembersOf(bytes);
  if (hasRepeats(members)) return { ambiguous: 'The payload' };
  return { bytes, members };
}

function hasRepeats(members: PackedMember[]): boolean {
  return new Set(members.map((member) => member.key)).size !== members.length;
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A map of two members whose second value is already packed. */
function frameOf(type: string, payload: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(0x82), packr.pack('type'), packr.pack(type), packr.pack('payload'), payload]);
}

/** The payload unchanged, in a frame of the given type. */
export function sealPacked(type: string, payload: Uint8Array): Sealed {
  return new Sealed('msgpack', frameOf(type, payload));
}

const stampedFields = ['hardware_id', 'device_id', 'recipient_id'];

/** An `Auth*` on its way out: the sender's id stands in all three id fields, every other field as it was written. */
export function sealStampedPacked(
  type: string,
  payload: Uint8Array,
  members: PackedMember[],
  senderId: string,
): Sealed {
  const kept = members.filter((member) => !stampedFields.includes(member.key));
  const size = kept.length + stampedFields.length;
  const parts: Uint8Array[] = [Uint8Array.of(0xde, size >> 8, size & 255)]; // map 16
  for (const field of stampedFields) parts.push(packr.pack(field), packr.pack(senderId));
  for (const member of kept) parts.push(payload.subarray(member.keyStart, member.valueEnd));
  return sealPacked(type, concat(parts));
}
