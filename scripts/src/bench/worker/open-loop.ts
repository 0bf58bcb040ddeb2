import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { nowEpochMs, toLocalMs } from '../load/plan';
import type { Flow } from './flow';

const shortestTickMs = 0.5;
const stopCell = 0;
/** 1 while a tick is on its way: the loop is never more than one tick behind in its mailbox. */
const tickCell = 1;

type TickerData = { cells: Int32Array; firstAtMs: number; tickMs: number };

/**
 * Sends at a fixed rate whatever comes back, the flows in turn. Message k is due at its own moment, and its latency
 * counts from there: a relay, or a generator, that stalls shows in full. Above one message a tick, due times are
 * rounded up to the tick.
 */
export class OpenLoop {
  private readonly cells = new Int32Array(new SharedArrayBuffer(8));
  private ticker: Worker | undefined;
  private startLocalMs = 0;
  private next = 0;

  /** @param offsetMs keeps several workers from sending at the same instants. */
  constructor(
    private readonly flows: readonly Flow[],
    private readonly intervalMs: number,
    private readonly offsetMs: number,
  ) {}

  start(startAtMs: number): void {
    const firstAtMs = startAtMs + this.offsetMs;
    this.startLocalMs = toLocalMs(firstAtMs);
    const tickMs = Math.max(this.intervalMs, shortestTickMs);
    const workerData: TickerData = { cells: this.cells, firstAtMs, tickMs };
    this.ticker = new Worker(__filename, { workerData });
    this.ticker.on('message', () => this.tick());
  }

  stop(): void {
    Atomics.store(this.cells, stopCell, 1);
    Atomics.notify(this.cells, stopCell);
    this.ticker?.removeAllListeners('message');
  }

  private tick(): void {
    // Before the sending, so that a moment that comes due meanwhile brings another tick.
    Atomics.store(this.cells, tickCell, 0);
    for (;;) {
      const dueAtMs = this.dueAtMs(this.next);
      const nowMs = performance.now();
      if (dueAtMs > nowMs) return;
      this.flows[this.next % this.flows.length]!.send(1, dueAtMs, nowMs);
      this.next += 1;
    }
  }

  private dueAtMs(message: number): number {
    const afterStartMs = message * this.intervalMs;
    if (this.intervalMs >= shortestTickMs) return this.startLocalMs + afterStartMs;
    return this.startLocalMs + Math.ceil(afterStartMs / shortestTickMs) * shortestTickMs;
  }
}

/**
 * The thread that wakes the loop at exact moments. Node's own timers round to whole milliseconds, and a loop that polls
 * the clock would take a core from the relay that is measured.
 */
function tickOn({ cells, firstAtMs, tickMs }: TickerData): void {
  let tick = 0;
  for (;;) {
    const waitMs = firstAtMs + tick * tickMs - nowEpochMs();
    if (waitMs > 0) Atomics.wait(cells, stopCell, 0, waitMs);
    if (Atomics.load(cells, stopCell) === 1) return;
    if (Atomics.exchange(cells, tickCell, 1) === 0) parentPort?.postMessage(null);
    tick = Math.max(tick + 1, Math.floor((nowEpochMs() - firstAtMs) / tickMs) + 1);
  }
}

if (!isMainThread) tickOn(workerData as TickerData);
