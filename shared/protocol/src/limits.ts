/** Figures that the protocol fixes. Figures that an operator may change are settings. */

/** A point is charged for each started KiB of `encrypted_data`, at least one a request. */
export const bytesPerPoint = 1024;
/** So many bytes of all other fields, as written, are free. Each started KiB beyond costs a point too. */
export const freeFieldBytes = 4096;
/** A limit window starts with its first request and lasts this long. */
export const limitWindowMs = 60_000;
/** A repeated message id of one sender to one recipient is stored once within this time. */
export const repeatWindowMs = 120_000;
/** How long a key rotation message waits for its recipient. */
export const keyRotationTtlSeconds = 300;
/** On a connection that never acked, a message counts as received this long after it was written. */
export const implicitAckMs = 10_000;
/** How long a device may take to prove that it has a key. */
export const challengeMs = 30_000;
/** Contacts that a device may list. */
export const maxContacts = 1000;
/** Values nest at most this deep; deeper frames are refused, so that no recursion is unbounded. */
export const maxNesting = 64;
/**
 * A frame holds at most this many values, on all levels, keys included. Reading takes time for each of them, before any
 * limit of the sender is checked.
 */
export const maxValues = 4096;
/** The WebSocket subprotocol of devices that speak MessagePack. */
export const messagePackSubprotocol = 'openrelay.msgpack.v1';

/**
 * Points that a request costs.
 * @param payloadBytes of `encrypted_data`
 * @param excessBytes of all other fields, beyond `freeFieldBytes`
 */
export function pointsOf(payloadBytes: number, excessBytes = 0): number {
  return Math.max(1, Math.ceil(payloadBytes / bytesPerPoint)) + Math.ceil(excessBytes / bytesPerPoint);
}
