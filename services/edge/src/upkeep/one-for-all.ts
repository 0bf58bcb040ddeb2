import { setTimeout as pause } from 'node:timers/promises';

/**
 * Makes something dear for whoever asks, however many ask: those who ask before it is begun get the same one, and it is begun at
 * most once in `leastMs`. So nobody gets what was made before he asked.
 */
export function oneForAll<Made>(
  make: () => Promise<Made>,
  leastMs: number,
  monotonicMs: () => number,
): () => Promise<Made> {
  let next: Promise<Made> | undefined;
  let begunAtMs = Number.NEGATIVE_INFINITY;
  const makeNext = async (): Promise<Made> => {
    await pause(Math.max(0, begunAtMs + leastMs - monotonicMs()));
    next = undefined;
    begunAtMs = monotonicMs();
    return make();
  };
  return () => {
    next ??= makeNext();
    return next;
  };
}
