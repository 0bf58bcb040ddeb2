import { type Encoding, Sealed } from '@openrelay/protocol';
import { packedLength, type RawPack } from './raw-pack';
import { unpackr } from './unpack';

/**
 * What lies in a queue: a MessagePack array of [expiry, acceptance, sender, id, ackable, encoding, frame]. The times come
 * first and in fixed width, since the scripts write and read them (Unix ms by Redis's clock).
 */
export type Envelope = {
  sender: string;
  /** The sender's message id, or one made by the edge for what has none. */
  id: string;
  /** Whether the recipient can acknowledge it by its id. */
  ackable: boolean;
  sealed: Sealed;
};

/** A message in a queue, or on its way out of it: `seq` is its number there, `bytes` the envelope's size. */
export type QueuedMessage = { seq: number; bytes: number; envelope: Envelope } & EnvelopeTimes;

/** Unix ms by Redis's clock. */
export type EnvelopeTimes = { expiresAtMs: number; acceptedAtMs: number };

/** Names a message of one sender in what is remembered of its recipient. A UUID is the same one in any case. */
export function repeatKeyOf({ sender, id }: Pick<Envelope, 'sender' | 'id'>): string {
  return `${sender}:${id.toLowerCase()}`;
}

const encodings: readonly Encoding[] = ['json', 'msgpack'];
const timesBytes = 19; // array head, then twice a number head and eight bytes

function frameLength(frame: string | Uint8Array): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

/** Bytes that the envelope takes in its queue. */
export function envelopeBytes(envelope: Envelope): number {
  return timesBytes + bodyBytes(envelope, frameLength(envelope.sealed.frame));
}

function bodyBytes({ sender, id }: Envelope, frameBytes: number): number {
  return packedLength(sender.length) + packedLength(id.length) + 2 + packedLength(frameBytes);
}

/** Writes an envelope without its times, which the script that stores it puts in front. */
export function packEnvelope(pack: RawPack, envelope: Envelope): void {
  const { sender, id, ackable, sealed } = envelope;
  const frameBytes = frameLength(sealed.frame);
  pack.strHead(bodyBytes(envelope, frameBytes)).ascii(sender).ascii(id).flag(ackable);
  pack.number(encodings.indexOf(sealed.encoding)).bin(sealed.frame, frameBytes);
}

/** Reads an envelope as a script left it. The frame is a view of the given bytes. */
export function unpackEnvelope(bytes: Uint8Array): EnvelopeTimes & { envelope: Envelope } {
  const [expiresAtMs, acceptedAtMs, sender, id, ackable, encoding, frame] = unpackr.unpack(bytes) as [
    number,
    number,
    string,
    string,
    boolean,
    number,
    Uint8Array,
  ];
  const sealed = new Sealed(encodings[encoding] ?? 'json', frame);
  return { expiresAtMs, acceptedAtMs, envelope: { sender, id, ackable, sealed } };
}
