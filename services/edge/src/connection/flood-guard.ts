import type { Connection } from './connection';

const windowMs = 60_000;
/** At this multiple of the limit the connection is closed. */
const closeFactor = 2;
/** A frame counts once for each started piece of this size: larger than any control frame that a device has reason to send. */
const bytesPerCount = 16 * 1024;

/**
 * Counts a control frame, or a frame that was refused, against a connection's minute. Frames that do their work (admitted
 * requests, acks of what was handed over) are not counted here.
 * @param limit frames a minute; 0 switches it off
 * @param frameBytes size of a frame that no device has reason to send; one alone counts for half the limit at the most
 */
export function countFrame(
  connection: Connection,
  limit: number,
  nowMs: number,
  frameBytes = 0,
): { status: 'allowed' } | { status: 'excess'; retryAfterMs: number } | { status: 'flooding' } {
  if (limit === 0) return { status: 'allowed' };
  if (nowMs - connection.controlSinceMs >= windowMs) {
    connection.controlSinceMs = nowMs;
    connection.controlFrames = 0;
  }
  const pieces = Math.ceil(frameBytes / bytesPerCount);
  connection.controlFrames += Math.max(1, Math.min(pieces, limit / 2));
  if (connection.controlFrames <= limit) return { status: 'allowed' };
  if (connection.controlFrames > closeFactor * limit) return { status: 'flooding' };
  return { status: 'excess', retryAfterMs: Math.ceil(connection.controlSinceMs + windowMs - nowMs) };
}
