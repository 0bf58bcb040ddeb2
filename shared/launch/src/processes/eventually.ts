import { setTimeout as pause } from 'node:timers/promises';

export type EventuallyOptions = {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Asked before each try: what it throws ends the wait at once. */
  readonly unless?: () => void;
};

/** Repeats the assertion until it no longer throws and returns what it returned; at the time-out, throws its last error. */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  { timeoutMs = 30_000, intervalMs = 20, unless }: EventuallyOptions = {},
): Promise<Result> {
  const endsAtMs = performance.now() + timeoutMs;
  for (;;) {
    unless?.();
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= endsAtMs) throw error;
    }
    await pause(intervalMs);
  }
}
