import { setTimeout as pause } from 'node:timers/promises';

const againMs = 50;

/** Asks again and again until there is an answer; undefined when there was none in time, or nobody waits any more. */
export async function poll<Answer>(
  ask: () => Promise<Answer | undefined>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  const endsAt = performance.now() + withinMs;
  while (performance.now() < endsAt && !signal?.aborted) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(againMs);
  }
  return undefined;
}
