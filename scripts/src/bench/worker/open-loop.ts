import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { nowEpochMs, toLocalMs, type WorkerPlan } from '../load/plan';
import type { Flow } from './flow';

const shortestTickMs = 0.5;
/** Then sockets are read before more is sent: a generator that cannot keep up with the rate would do nothing else. */
const longestTurnMs = 20;

type TickerData = { firstAtMs: number; tickMs: number };

/**
 * Sends at a fixed rate whatever comes back, the flows in turn. Message k is due at its own moment, and its latency
 * counts from there: a relay, or a generator, that stalls shows in full. Above one message a tick, due times are
 * rounded up to the tick.
 */
export class OpenLoop {
  private readonly intervalMs: number;
  private ticker: Worker | undefined;
  private startLocalMs = 0;
  private next = 0;
  private isResting = false;

  constructor(
    private readonly flows: readonly Flow[],
    private readonly plan: WorkerPlan,
  ) {
    this.intervalMs = (1000 * plan.workers) / plan.rate;
  }

  start(startAtMs: number): void {
    // Several workers do not send at the same instants.
    const firstAtMs = startAtMs + (this.intervalMs * this.plan.worker) / this.plan.workers;
    this.startLocalMs = toLocalMs(firstAtMs);
    const workerData: TickerData = { firstAtMs, tickMs: Math.max(this.intervalMs, shortestTickMs) };
    this.ticker = new Worker(__filename, { workerData });
    this.ticker.on('message', () => this.tick());
  }

  stop(): void {
    this.ticker?.removeAllListeners('message');
    void this.ticker?.terminate();
  }

  private tick(): void {
    if (this.isResting) return;
    const untilMs = performance.now() + longestTurnMs;
    for (;;) {
      const dueAtMs = this.dueAtMs(this.next);
      const nowMs = performance.now();
      if (dueAtMs > nowMs) return;
      if (nowMs > untilMs) {
        this.isResting = true; // from all ticks that wait
        setImmediate(() => {
          this.isResting = false;
        });
        return;
      }
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
function tickOn({ firstAtMs, tickMs }: TickerData): never {
  const sleeping = new Int32Array(new SharedArrayBuffer(4));
  for (let tick = 0; ; tick += 1) {
    const waitMs = firstAtMs + tick * tickMs - nowEpochMs();
    if (waitMs > 0) Atomics.wait(sleeping, 0, 0, waitMs);
    parentPort?.postMessage(null);
  }
}

if (!isMainThread) tickOn(workerData as TickerData);
