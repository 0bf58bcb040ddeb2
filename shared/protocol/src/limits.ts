/** Figures that the protocol itself fixes; what an operator may change is in the settings. */

/** A point is charged for each started KiB of `encrypted_data`, at least one a request. */
export const bytesPerPoint = 1024;
/** What the other fields of a message hold beyond this, all together and as written, is charged for likewise. */
export const freeFieldBytes = 4096;
/** A limit window starts with its first request and lasts this long. */
export const limitWindowMs = 60_000;
/** A repeated message id of one sender to one recipient is stored once within this time. */
export const repeatWindowMs = 120_000;
/** How long a key rotation message waits for its recipient. */
export const keyRotationTtlSeconds = 300;
/** On a connection that never acked, a message counts as received this long after it was written. */
export const implicitAckMs = 10_000;
/** Values nest at most this deep; deeper frames are refused, so that no recursion is unbounded. */
export const maxNesting = 64;
/**
 * A frame holds at most this many values, keys and all levels counted: reading it costs time by their number, and that
 * before any limit of its sender is looked at.
 */
export const maxValues = 4096;
/** The WebSocket subprotocol of devices that speak MessagePack. */
export const messagePackSubprotocol = 'openrelay.msgpack.v1';

/**
 * Points that a request costs.
 * @param payloadBytes of `encrypted_data`
 * @param excessBytes what its other fields hold beyond `freeFieldBytes`
 */
export function pointsOf(payloadBytes: number, excessBytes = 0): number {
  return Math.max(1, Math.ceil(payloadBytes / bytesPerPoint)) + Math.ceil(excessBytes / bytesPerPoint);
}
