import type { Connection } from './connection';

const windowMs = 60_000;
/** At this multiple of the limit the connection is closed. */
const closeFactor = 2;

/**
 * Counts a control frame, or a frame that was refused, against a connection's minute. Frames that do their work (admitted
 * requests, acks of what was handed over) are not counted here.
 * @param limit frames a minute; 0 switches it off
 */
export function countFrame(
  connection: Connection,
  limit: number,
  nowMs: number,
): { status: 'allowed' } | { status: 'excess'; retryAfterMs: number } | { status: 'flooding' } {
  if (limit === 0) return { status: 'allowed' };
  if (nowMs - connection.controlSinceMs >= windowMs) {
    connection.controlSinceMs = nowMs;
    connection.controlFrames = 0;
  }
  connection.controlFrames += 1;
  if (connection.controlFrames <= limit) return { status: 'allowed' };
  if (connection.controlFrames > closeFactor * limit) return { status: 'flooding' };
  return { status: 'excess', retryAfterMs: Math.ceil(connection.controlSinceMs + windowMs - nowMs) };
}
