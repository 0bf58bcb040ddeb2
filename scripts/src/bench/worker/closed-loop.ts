import { toLocalMs, type WorkerPlan } from '../load/plan';
import type { Flow } from './flow';

const stallMs = 5_000;
const stallCheckMs = 1_000;
const pauseAfterRefusalMs = 10;

/** Keeps a fixed number of messages under way, of each sender or of all: a slot is free again when its message was received. */
export class ClosedLoop {
  private isRunning = false;
  private timers: NodeJS.Timeout[] = [];
  private turn = 0;

  constructor(
    private readonly flows: readonly Flow[],
    private readonly plan: WorkerPlan,
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
      const { mode, window, workers } = this.plan;
      if (mode === 'turns') this.takeTurns(Math.ceil(window / workers));
      else for (const flow of this.flows) this.refill(flow, window);
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
    if (this.plan.mode === 'turns') {
      this.takeTurns(slots);
      return;
    }
    const nowMs = performance.now();
    flow.send(slots, nowMs, nowMs);
  }

  private takeTurns(slots: number): void {
    const nowMs = performance.now();
    for (let slot = 0; slot < slots; slot += 1) {
      this.flows[this.turn % this.flows.length]!.send(1, nowMs, nowMs);
      this.turn += 1;
    }
  }

  private replaceStalled(): void {
    const dueBeforeMs = performance.now() - stallMs;
    for (const flow of this.flows) this.refill(flow, flow.ledger.stall(dueBeforeMs));
  }
}
