const everyMs = 5_000;
/** More than a busy machine is late by; less than a lid is shut for. */
const jumpMs = 10_000;

/** Tells that the machine slept: the clock jumped between two ticks. Returns what ends the watch. */
export function watchSleep(now: () => number, woke: () => void): () => void {
  let lastMs = now();
  const interval = setInterval(() => {
    const passedMs = now() - lastMs;
    lastMs = now();
    if (passedMs > everyMs + jumpMs) woke();
  }, everyMs);
  return () => clearInterval(interval);
}
