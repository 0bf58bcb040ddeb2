/**
 * Message ids that say which message they are: a UUID (version 4 in form) made of the run, the flow and the sequence
 * number, `RRRRRRRR-FFFF-4000-8000-0000SSSSSSSS`. So a receiver finds a message's record without a map of ids.
 */
export const idCharacters = 36;

const sequenceDigits = 8;
const hexDigits = Buffer.from('0123456789abcdef');
const digitOf = new Int8Array(256).fill(-1);
for (const [digit, character] of hexDigits.entries()) digitOf[character] = digit;

/** @param run 8 lower-case hex digits. */
export function messageId(run: string, flow: number, sequence: number): string {
  return `${run}-${hex(flow, 4)}-4000-8000-0000${hex(sequence, sequenceDigits)}`;
}

/** What all ids of a flow begin with. */
export function flowPrefix(run: string, flow: number): Buffer {
  return Buffer.from(messageId(run, flow, 0).slice(0, -sequenceDigits));
}

/** Writes the sequence number into an id at `idOffset`. */
export function writeSequence(bytes: Uint8Array, idOffset: number, sequence: number): void {
  let rest = sequence;
  const last = idOffset + idCharacters - 1;
  for (let offset = last; offset > last - sequenceDigits; offset -= 1) {
    bytes[offset] = hexDigits[rest & 0xf]!;
    rest >>>= 4;
  }
}

/** The sequence number of an id of that flow; -1 for any other id. */
export function readSequence(bytes: Uint8Array, idOffset: number, flow: Uint8Array): number {
  if (!startsWith(bytes, idOffset, flow)) return -1;
  let sequence = 0;
  for (let offset = idOffset + flow.length; offset < idOffset + idCharacters; offset += 1) {
    const digit = digitOf[bytes[offset] ?? 0]!;
    if (digit < 0) return -1;
    sequence = sequence * 16 + digit;
  }
  return sequence;
}

export function startsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let index = 0; index < prefix.length; index += 1) if (bytes[start + index] !== prefix[index]) return false;
  return true;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
