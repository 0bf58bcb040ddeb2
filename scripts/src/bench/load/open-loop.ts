/**
 * Sends at a fixed rate whatever comes back, the flows in turn. Message k is due at its own moment, and its latency
 * counts from there: a relay, or a generator, that stalls shows in full. Above one message a tick, due times are
 * rounded up to the tick.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Flow } from './flow';
import { toLocalMs } from './plan';
import { stopCell, type TickerData, tickCell } from './ticker';

const shortestTickMs = 0.5;

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
    const workerData: TickerData = {
      cells: this.cells,
      firstAtMs,
      tickMs: Math.max(this.intervalMs, shortestTickMs),
    };
    this.ticker = new Worker(join(__dirname, 'ticker.js'), { workerData });
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
