import { p256 } from '@noble/curves/nist';
import { concat, equalBytes, fromHex, hkdf, hmacSha256, sha256, toHex, utf8 } from '../../crypto/index';

/**
 * SPAKE2 by RFC 9382 with P-256, SHA-256, HKDF and HMAC, without additional data. Two that know the same password come to a
 * key; who does not may try one password for each run, and learns nothing that helps without the other side.
 */
type Spake2Side = 'A' | 'B';

/** What one side adds: a scalar of its own for each run. */
export type Spake2Input = {
  readonly side: Spake2Side;
  /** w of the RFC, below the order of the group and not 0. */
  readonly password: bigint;
  /** x or y of the RFC, below the order of the group and not 0. */
  readonly secret: bigint;
};

export type Spake2Keys = {
  /** Ke of the RFC, 16 bytes. */
  readonly sharedKey: Uint8Array;
  /** Of 32 bytes each: what A, and B, send to show that they have the key. */
  readonly confirmations: Readonly<Record<Spake2Side, Uint8Array>>;
};

type Point = InstanceType<typeof p256.Point>;
type BySide<Value> = Readonly<Record<Spake2Side, Value>>;

/** Points whose discrete logarithm nobody knows: M and N of RFC 9382, section 4. */
const blinds: BySide<Point> = {
  A: p256.Point.fromHex('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f'),
  B: p256.Point.fromHex('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49'),
};

export const spake2ShareBytes = 65;
const { n: order } = p256.Point.CURVE();

/** @param wide at least 48 bytes, big-endian, so that every scalar is as likely as the others within 2^-128 */
export function scalarOf(wide: Uint8Array): bigint {
  return BigInt(`0x${toHex(wide)}`) % order;
}

/** An uncompressed point, 65 bytes. */
export function spake2Share({ side, password, secret }: Spake2Input): Uint8Array {
  return p256.Point.BASE.multiply(secret).add(blinds[side].multiply(password)).toBytes(false);
}

/** Nothing when the other side's share is no point of the curve, or one that makes the key known to everybody. */
export function spake2Keys(
  input: Spake2Input,
  identities: BySide<string>,
  shares: BySide<Uint8Array>,
): Spake2Keys | undefined {
  const shared = sharedPoint(input, shares);
  if (shared === undefined) return undefined;
  const transcript = concat(
    ...[utf8(identities.A), utf8(identities.B), shares.A, shares.B, shared, bytesOfScalar(input.password)].map(counted),
  );
  const hash = sha256(transcript);
  const confirmationKeys = hkdf(hash.subarray(16), new Uint8Array(), utf8('ConfirmationKeys'), 32);
  return {
    sharedKey: hash.subarray(0, 16),
    confirmations: {
      A: hmacSha256(confirmationKeys.subarray(0, 16), transcript),
      B: hmacSha256(confirmationKeys.subarray(16), transcript),
    },
  };
}

/** K of the RFC; the group has no small subgroups. */
function sharedPoint({ side, password, secret }: Spake2Input, shares: BySide<Uint8Array>): Uint8Array | undefined {
  const other = side === 'A' ? 'B' : 'A';
  const theirs = pointOf(shares[other]);
  const unblinded = theirs?.subtract(blinds[other].multiply(password));
  return unblinded === undefined || unblinded.is0() ? undefined : unblinded.multiply(secret).toBytes(false);
}

function pointOf(share: Uint8Array): Point | undefined {
  try {
    const point = p256.Point.fromBytes(share);
    point.assertValidity();
    return equalBytes(point.toBytes(false), share) ? point : undefined;
  } catch {
    return undefined;
  }
}

/** With its length in front, 8 bytes little-endian, as the RFC writes its transcript. */
function counted(part: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(part.length), true);
  return concat(length, part);
}

function bytesOfScalar(scalar: bigint): Uint8Array {
  return fromHex(scalar.toString(16).padStart(64, '0'))!;
}
