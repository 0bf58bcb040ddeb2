import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;

/** Asks again and again until `check` holds; false when it does not within the time. `check` may throw to give up. */
export async function waitUntil(check: () => Promise<boolean> | boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

/** `undefined` when the promise takes longer. */
export async function within<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  const timer = new AbortController();
  const tooLate = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer.abort();
  }
}

/** Waits for `check`, for which a rejection is a no. Rejects when it does not hold in time, telling what was waited for. */
export async function until(what: string, timeoutMs: number, check: () => Promise<boolean>): Promise<void> {
  let lastError: unknown;
  const holds = await waitUntil(async () => {
    try {
      return await check();
    } catch (error) {
      lastError = error;
      return false;
    }
  }, timeoutMs);
  if (!holds) throw new Error(`It took more than ${timeoutMs / 1000} s until ${what}.`, { cause: lastError });
}
