import { type EventuallyOptions, eventually } from '@openrelay/launch';

/**
 * Resolves once Date.now() is past the time (Unix ms), or the clock given is past the time on it; fails when that does not
 * come before the time-out. For what only time brings, such as the end of a message's life: nothing tells a test of it, and
 * to ask the relay would be to look at what is under test.
 */
export function until(timeMs: number, nowMs: () => number = Date.now, options: EventuallyOptions = {}): Promise<void> {
  return eventually(() => {
    const atMs = nowMs();
    if (atMs > timeMs) return;
    throw new Error(`It is ${atMs} on the clock, and not past ${timeMs}.`);
  }, options);
}
