import { setTimeout as pause } from 'node:timers/promises';

/** `undefined` when the promise takes longer. */
export async function within<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  const timer = new AbortController();
  const tooLate = pause(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer.abort();
  }
}
