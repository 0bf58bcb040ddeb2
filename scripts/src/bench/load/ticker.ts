/**
 * A thread that wakes its parent at exact moments. Node's own timers round to whole milliseconds, and a loop that polls
 * the clock would take a core from the relay that is measured.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

export const stopCell = 0;
/** 1 while a tick is on its way: the parent is never more than one tick behind in its mailbox. */
export const tickCell = 1;

export type TickerData = { cells: Int32Array; firstAtMs: number; tickMs: number };

function run({ cells, firstAtMs, tickMs }: TickerData): void {
  let tick = 0;
  for (;;) {
    const waitMs = firstAtMs + tick * tickMs - epochMs();
    if (waitMs > 0) Atomics.wait(cells, stopCell, 0, waitMs);
    if (Atomics.load(cells, stopCell) === 1) return;
    if (Atomics.exchange(cells, tickCell, 1) === 0) parentPort?.postMessage(null);
    tick = Math.max(tick + 1, Math.floor((epochMs() - firstAtMs) / tickMs) + 1);
  }
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

if (!isMainThread) run(workerData as TickerData);
