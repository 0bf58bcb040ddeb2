import { type Encoding, Sealed } from '@openrelay/protocol';
import { packedLength, type RawPack } from './raw-pack';
import { unpackr } from './unpack';

/**
 * What lies in a queue: a MessagePack array of [expiry, sender, id, ackable, encoding, frame]. The expiry comes first
 * and in fixed width, since the scripts write and read it (Unix ms by Redis's clock).
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
export type QueuedMessage = { seq: number; bytes: number; expiresAtMs: number; envelope: Envelope };

const encodings: readonly Encoding[] = ['json', 'msgpack'];
const expiryBytes = 10; // array head, number head, eight bytes

function frameLength(frame: string | Uint8Array): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

/** Bytes that the envelope takes in its queue. */
export function envelopeBytes(envelope: Envelope): number {
  return expiryBytes + bodyBytes(envelope, frameLength(envelope.sealed.frame));
}

function bodyBytes({ sender, id }: Envelope, frameBytes: number): number {
  return packedLength(sender.length) + packedLength(id.length) + 2 + packedLength(frameBytes);
}

/** Writes an envelope without its expiry, which the script that stores it puts in front. */
export function packEnvelope(pack: RawPack, envelope: Envelope): void {
  const { sender, id, ackable, sealed } = envelope;
  const frameBytes = frameLength(sealed.frame);
  pack.strHead(bodyBytes(envelope, frameBytes)).ascii(sender).ascii(id).flag(ackable);
  pack.number(encodings.indexOf(sealed.encoding)).bin(sealed.frame, frameBytes);
}

/** Reads an envelope as a script left it. The frame is a view of the given bytes. */
export function unpackEnvelope(bytes: Uint8Array): { expiresAtMs: number; envelope: Envelope } {
  const [expiresAtMs, sender, id, ackable, encoding, frame] = unpackr.unpack(bytes) as [
    number,
    string,
    string,
    boolean,
    number,
    Uint8Array,
  ];
  const sealed = new Sealed(encodings[encoding] ?? 'json', frame);
  return { expiresAtMs, envelope: { sender, id, ackable, sealed } };
}
