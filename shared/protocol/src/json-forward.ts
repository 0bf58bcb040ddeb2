import { findObject, membersOf, plainKey } from './json-scan';
import { Sealed } from './sealed';

/** The text of a frame's payload, or the reason why the frame is ambiguous. */
export type PayloadText = { text: string } | { ambiguous: string };

/**
 * Locates the payload in a frame that passed `JSON.parse`. It refuses a key that stands twice: the relay and the
 * recipient might read different ones.
 */
export function payloadTextOf(frame: string, parsed: object, payload: object): PayloadText {
  const { outerMembers, span } = findObject(frame, 'payload');
  if (outerMembers !== Object.keys(parsed).length) return { ambiguous: 'The frame' };
  if (span.members !== Object.keys(payload).length) return { ambiguous: 'The payload' };
  return { text: frame.slice(span.start, span.end) };
}

/** The payload unchanged, in a frame of the given type. */
export function sealJson(type: string, payload: string): Sealed {
  return new Sealed('json', `{"type":"${type}","payload":${payload}}`);
}

/** A member of a payload as it was written. */
export function memberText(payload: string, name: string): string {
  const { valueStart, valueEnd } = membersOf(payload).find(({ key }) => plainKey(key) === name)!;
  return payload.slice(valueStart, valueEnd);
}

const stamped = new Set(['hardware_id', 'device_id', 'recipient_id']);

/** An `Auth*` on its way out: the sender's id stands in all three id fields, every other field as it was written. */
export function sealStampedJson(type: string, payload: string, senderId: string): Sealed {
  const id = JSON.stringify(senderId);
  const kept = membersOf(payload)
    .filter((member) => !stamped.has(plainKey(member.key)))
    .map((member) => payload.slice(member.keyStart, member.valueEnd));
  const ids = [`"hardware_id":${id}`, `"device_id":${id}`, `"recipient_id":${id}`];
  return sealJson(type, `{${[...ids, ...kept].join(',')}}`);
}
