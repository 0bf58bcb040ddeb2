import { toLocalMs, type WorkerPlan } from '../load/plan';
import type { Flow } from './flow';

const stallMs = 5_000;
const stallCheckMs = 1_000;
const pauseAfterRefusalMs = 10;

/** Keeps a fixed number of each sender's messages under way: a slot is free again when its message was received. */
export class ClosedLoop {
  private isRunning = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly flows: readonly Flow[],
    private readonly plan: Pick<WorkerPlan, 'window'>,
  ) {
    for (const flow of flows) {
      flow.onFreed = (slots, by) => {
        if (by === 'receipt') this.refill(flow, slots);
        else setTimeout(() => this.refill(flow, slots), pauseAfterRefusalMs);
      };
    }
  }

  start(startAtMs: number): void {
    const begin = () => {
      this.isRunning = true;
      for (const flow of this.flows) this.refill(flow, this.plan.window);
    };
    this.timers = [
      setTimeout(begin, toLocalMs(startAtMs) - performance.now()),
      setInterval(() => this.replaceStalled(), stallCheckMs),
    ];
  }

  stop(): void {
    this.isRunning = false;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private refill(flow: Flow, slots: number): void {
    if (!this.isRunning || slots === 0) return;
    const nowMs = performance.now();
    flow.send(slots, nowMs, nowMs);
  }

  private replaceStalled(): void {
    const dueBeforeMs = performance.now() - stallMs;
    for (const flow of this.flows) this.refill(flow, flow.ledger.stall(dueBeforeMs));
  }
}
