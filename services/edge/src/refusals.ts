import type { ErrorCode, Refusal } from '@openrelay/protocol';

/** What was refused, as far as its sender is told. */
type Refused = { messageId?: string | undefined };

export function refusal(code: ErrorCode, text: string, request: Refused = {}): Refusal {
  return { type: 'refused', code, text, messageId: request.messageId };
}

/** Redis cannot be reached, is out of memory, or is too slow. */
export function redisAway(request: Refused = {}): Refusal {
  return refusal(503, 'The relay cannot take this now: nothing was stored. Try again in a moment.', request);
}

/** The connection has named no device yet. */
export function notRegistered(request: Refused = {}): Refusal {
  return refusal(403, 'Register first: this connection has no hardware_id yet.', request);
}
