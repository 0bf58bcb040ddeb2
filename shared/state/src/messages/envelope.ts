import { hash } from 'node:crypto';
import { type DeviceKey, type Encoding, Sealed } from '@openrelay/protocol';
import { packedLength, RawPack, unpackr } from '../scripts/message-pack';

/**
 * A message in a mailbox: a MessagePack array of [expiry, acceptance, digest, sender, id, ackable, encoding, frame]. The times (Unix
 * ms by Redis's clock) and the digest come first and have a fixed width, because the scripts read them.
 */
export type Envelope = {
  /** Names the message in its mailbox. */
  digest: Digest;
  sender: string;
  /** The sender's message id, or one that the edge made for a message without. */
  id: string;
  /** Whether the recipient can acknowledge it by its id. */
  ackable: boolean;
  sealed: Sealed;
};

/** A message in a queue, or on its way from it: `seq` is its number there, `bytes` the size of its envelope. */
export type QueuedMessage = { seq: number; bytes: number; envelope: Envelope } & EnvelopeTimes;

/** Unix ms by Redis's clock. */
export type EnvelopeTimes = { expiresAtMs: number; acceptedAtMs: number };

/** Sixteen bytes as the characters of a text. */
export type Digest = string;

/**
 * What a message is known by in its recipient's mailbox, and remembered by afterwards: the first 16 bytes of the SHA-256 of
 * `RECIPIENT SENDER ID`. A UUID is the same one in upper and lower case.
 */
export function digestOf(recipient: DeviceKey, sender: string, id: string): Digest {
  return hash('sha256', `${recipient} ${sender} ${id.toLowerCase()}`, 'binary').slice(0, 16);
}

const encodings: readonly Encoding[] = ['json', 'msgpack'];
const timesBytes = 19; // array head, then twice a number head and eight bytes
const digestBytes = 18; // bin head and sixteen bytes
const headCapacity = 256; // all but the frame, unless an id is longer than any

function frameLength(frame: string | Uint8Array): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

/** Bytes that the envelope takes in its queue. */
export function envelopeBytes(envelope: Envelope): number {
  return timesBytes + bodyBytes(envelope, frameLength(envelope.sealed.frame));
}

function bodyBytes({ sender, id }: Envelope, frameBytes: number): number {
  return digestBytes + packedLength(sender.length) + packedLength(id.length) + 2 + packedLength(frameBytes);
}

/** A whole envelope. The script that stores it takes the times for right when they are about those of Redis's clock. */
export function packWhole(envelope: Envelope, times: EnvelopeTimes): Buffer {
  const frameBytes = frameLength(envelope.sealed.frame);
  const pack = new RawPack(timesBytes + bodyBytes(envelope, frameBytes));
  packTimes(pack, times);
  packBody(pack, envelope, frameBytes);
  return pack.toBuffer();
}

/** The same in pieces of which the last one is the frame, not copied: for what is large. */
export function envelopePieces(envelope: Envelope, times: EnvelopeTimes): [Buffer, Uint8Array] {
  const { frame } = envelope.sealed;
  const bytes = typeof frame === 'string' ? Buffer.from(frame) : frame;
  const pack = new RawPack(headCapacity);
  packTimes(pack, times);
  packNames(pack, envelope);
  return [pack.binHead(bytes.length).toBuffer(), bytes];
}

/** Writes an envelope without its times, which the script that forwards it puts in front. */
export function packEnvelope(pack: RawPack, envelope: Envelope): void {
  const frameBytes = frameLength(envelope.sealed.frame);
  pack.strHead(bodyBytes(envelope, frameBytes));
  packBody(pack, envelope, frameBytes);
}

/** A whole envelope whose times are 0, for a message that is never queued. */
export function packTimeless(envelope: Envelope): Buffer {
  const pack = new RawPack(envelopeBytes(envelope)).array(8).number(0).number(0);
  packBody(pack, envelope, frameLength(envelope.sealed.frame));
  return pack.toBuffer();
}

function packTimes(pack: RawPack, { expiresAtMs, acceptedAtMs }: EnvelopeTimes): void {
  pack.array(8).time(expiresAtMs).time(acceptedAtMs);
}

function packNames(pack: RawPack, { digest, sender, id, ackable, sealed }: Envelope): void {
  pack.latin1Bin(digest).ascii(sender).ascii(id).flag(ackable).number(encodings.indexOf(sealed.encoding));
}

function packBody(pack: RawPack, envelope: Envelope, frameBytes: number): void {
  packNames(pack, envelope);
  pack.bin(envelope.sealed.frame, frameBytes);
}

/** Reads an envelope as a script wrote it; its frame is a view of the given bytes. None when it is damaged. */
export function unpackEnvelope(bytes: Uint8Array): (EnvelopeTimes & { envelope: Envelope }) | undefined {
  try {
    return readParts(unpackr.unpack(bytes));
  } catch {
    return undefined;
  }
}

function readParts(parts: unknown): (EnvelopeTimes & { envelope: Envelope }) | undefined {
  if (!Array.isArray(parts)) return undefined;
  const [expiresAtMs, acceptedAtMs, digest, sender, id, ackable, encoding, frame] = parts;
  const sealedAs = typeof encoding === 'number' ? encodings[encoding] : undefined;
  const areTimes = typeof expiresAtMs === 'number' && typeof acceptedAtMs === 'number';
  if (!areTimes || !(digest instanceof Uint8Array) || digest.length !== 16) return undefined;
  if (typeof sender !== 'string' || typeof id !== 'string' || typeof ackable !== 'boolean') return undefined;
  if (sealedAs === undefined || !(frame instanceof Uint8Array)) return undefined;
  const envelope = { digest: latin1Of(digest), sender, id, ackable, sealed: new Sealed(sealedAs, frame) };
  return { expiresAtMs, acceptedAtMs, envelope };
}

/** Bytes as the characters of a text. */
export function latin1Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
