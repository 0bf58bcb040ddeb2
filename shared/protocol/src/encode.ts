import { base64OfBytes } from './base64';
import type { ErrorCode } from './errors';
import type { Acceptance, Encoding, Refusal } from './messages';
import { packr } from './packr';

type Frame = string | Uint8Array;

/** What a device may do; it learns this when it registers. `queued` counts the messages waiting for it. */
export type Limits = {
  requests_per_minute: number;
  requests_left: number;
  points_per_minute: number;
  points_left: number;
  max_message_bytes: number;
  max_ttl_seconds: number;
  queued: number;
};

function encode(encoding: Encoding, frame: { type: string; payload?: object }): Frame {
  return encoding === 'json' ? JSON.stringify(frame) : packr.pack(frame);
}

/** A number would go as a float. */
function timeFor(encoding: Encoding, unixMs: number): number | bigint {
  return encoding === 'msgpack' ? BigInt(unixMs) : unixMs;
}

/**
 * One known client waits for `hardware_id`, another for `device_id`, so both carry the id.
 * @param isClaimed the id is bound to the device's key; where it is not, the frame is what it was before there were claims
 */
export function encodeRegisterResponse(
  encoding: Encoding,
  hardwareId: string,
  limits: Limits,
  isClaimed = false,
): Frame {
  const payload = { hardware_id: hardwareId, device_id: hardwareId, limits, ...(isClaimed && { claimed: true }) };
  return encode(encoding, { type: 'RegisterResponse', payload });
}

/** @param expiresAtMs Unix ms by Redis's clock */
export function encodeChallenge(encoding: Encoding, nonce: Uint8Array, expiresAtMs: number): Frame {
  const payload = { nonce: base64OfBytes(nonce), expires_at: timeFor(encoding, expiresAtMs) };
  return encode(encoding, { type: 'Challenge', payload });
}

/** @param listed how many contacts the device has listed now */
export function encodeContactsResponse(encoding: Encoding, accept: Acceptance, listed: number): Frame {
  return encode(encoding, { type: 'ContactsResponse', payload: { accept, listed } });
}

/** @param expiresAtMs Unix ms by Redis's clock; absent for a live-only message */
export function encodeAck(
  encoding: Encoding,
  messageId: string,
  status: 'delivered' | 'queued',
  expiresAtMs: number | undefined,
): Frame {
  if (encoding === 'msgpack') {
    const payload = {
      message_id: messageId,
      status,
      ...(expiresAtMs === undefined ? {} : { expires_at: timeFor(encoding, expiresAtMs) }),
    };
    return encode(encoding, { type: 'Ack', payload });
  }
  // Built by hand, since every message gets one. The id needs no escapes: it was checked to be a UUID.
  const expiry = expiresAtMs === undefined ? '' : `,"expires_at":${expiresAtMs}`;
  return `{"type":"Ack","payload":{"message_id":"${messageId}","status":"${status}"${expiry}}}`;
}

/** An `Error`. A key rotation that waits in a queue is answered with one too, code 202. */
export function encodeError(encoding: Encoding, refusal: Omit<Refusal, 'type'> & { code: ErrorCode }): Frame {
  const payload: Record<string, unknown> = { message: refusal.text, code: refusal.code };
  if (refusal.messageId !== undefined) payload.message_id = refusal.messageId;
  if (refusal.retryAfterMs !== undefined) payload.retry_after_ms = refusal.retryAfterMs;
  return encode(encoding, { type: 'Error', payload });
}

export function encodePong(encoding: Encoding): Frame {
  return encode(encoding, { type: 'Pong' });
}
