import { concat, nulJoined, open, seal, uint64 } from '../crypto/index';

/** What a sealed message is about, as its second byte tells; the rest is for the two devices alone. */
export const sealedKinds = { notice: 0, message: 1, transfer: 2, introduction: 3, control: 4 } as const;
export type SealedKind = keyof typeof sealedKinds;

/** Version, kind, key id and counter: what is bound to the ciphertext, and readable. */
const boundBytes = 18;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = boundBytes + nonceBytes;
/** By how much a sealed message is larger than its content. */
export const sealedOverheadBytes = headerBytes + tagBytes;

/** Who wrote to whom, under which id; in the frame these are the relay's, here they are bound to the ciphertext. */
export type Route = { readonly senderId: string; readonly recipientId: string; readonly messageId: string };

export type SealedHeader = {
  readonly kind: SealedKind;
  readonly keyId: bigint;
  /** From 1 for each key and direction; 0 in a key package, which travels outside the order of messages. */
  readonly counter: number;
};

/** Nothing when these bytes are no sealed message of a version that this code knows. */
export function readSealedHeader(bytes: Uint8Array): SealedHeader | undefined {
  if (bytes.length < sealedOverheadBytes || bytes[0] !== 1) return undefined;
  const kind = (Object.keys(sealedKinds) as SealedKind[]).find((name) => sealedKinds[name] === bytes[1]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counter = view.getBigUint64(10);
  if (kind === undefined || kind === 'notice' || counter > Number.MAX_SAFE_INTEGER) return undefined;
  return { kind, keyId: view.getBigUint64(2), counter: Number(counter) };
}

/** @param key 32 bytes, of one direction @param nonce 12 random bytes */
export async function sealBytes(
  key: Uint8Array,
  nonce: Uint8Array,
  header: SealedHeader,
  route: Route,
  plain: Uint8Array,
): Promise<Uint8Array> {
  const bound = writeBound(header);
  return concat(bound, nonce, await seal(key, nonce, plain, associated(route, bound)));
}

/** The plain bytes; nothing when anything was altered, or is for or from somebody else. */
export async function openBytes(key: Uint8Array, route: Route, sealed: Uint8Array): Promise<Uint8Array | undefined> {
  const bound = sealed.slice(0, boundBytes);
  const nonce = sealed.slice(boundBytes, headerBytes);
  return open(key, nonce, sealed.slice(headerBytes), associated(route, bound));
}

function writeBound({ kind, keyId, counter }: SealedHeader): Uint8Array {
  return concat(Uint8Array.of(1, sealedKinds[kind]), uint64(keyId), uint64(BigInt(counter)));
}

function associated({ senderId, recipientId, messageId }: Route, bound: Uint8Array): Uint8Array {
  const names = [senderId.toUpperCase(), recipientId.toUpperCase(), messageId.toLowerCase()];
  return concat(nulJoined('openrelay-message-v1', ...names, ''), bound);
}
