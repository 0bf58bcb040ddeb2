import { setTimeout as pause } from 'node:timers/promises';

export type Clock = {
  /** In ms; it only goes forward. */
  monotonicMs(): number;
  /** Rejects when the signal aborts it. */
  pause(durationMs: number, signal: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  pause: (durationMs, signal) => pause(durationMs, undefined, { signal }),
};
