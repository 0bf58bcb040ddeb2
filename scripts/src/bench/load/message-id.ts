/**
 * Message ids that say which message they are: a UUID (version 4 in form) made of the run, the flow and the sequence
 * number, `RRRRRRRR-FFFF-4000-8000-0000SSSSSSSS`. So a receiver finds a message's record without a map of ids.
 */
const sequenceOffset = 28;
export const idCharacters = 36;

const runDigits = 8;
const flowOffset = 9;
const flowDigits = 4;
const sequenceDigits = 8;
const hexDigits = Buffer.from('0123456789abcdef');

/** @param run 8 lower-case hex digits. */
export function messageId(run: string, flow: number, sequence: number): string {
  return `${run}-${hex(flow, flowDigits)}-4000-8000-0000${hex(sequence, sequenceDigits)}`;
}

/** Writes the sequence number into an id at `idOffset`. */
export function writeSequence(bytes: Uint8Array, idOffset: number, sequence: number): void {
  let rest = sequence;
  for (let offset = idOffset + sequenceOffset + sequenceDigits - 1; offset >= idOffset + sequenceOffset; offset -= 1) {
    bytes[offset] = hexDigits[rest & 0xf]!;
    rest >>>= 4;
  }
}

export function readRun(bytes: Uint8Array, idOffset: number): number {
  return readHex(bytes, idOffset, runDigits);
}

export function readFlow(bytes: Uint8Array, idOffset: number): number {
  return readHex(bytes, idOffset + flowOffset, flowDigits);
}

export function readSequence(bytes: Uint8Array, idOffset: number): number {
  return readHex(bytes, idOffset + sequenceOffset, sequenceDigits);
}

/** -1 when it is no hex number. */
function readHex(bytes: Uint8Array, offset: number, digits: number): number {
  let value = 0;
  for (let index = offset; index < offset + digits; index += 1) {
    const digit = digitOf(bytes[index] ?? 0);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function digitOf(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
