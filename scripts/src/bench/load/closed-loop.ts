/** Keeps a fixed number of each sender's messages under way: a slot is free again when its message was received. */
import type { Flow } from './flow';
import { toLocalMs } from './plan';

const stallMs = 5_000;
const stallCheckMs = 1_000;
const pauseAfterRefusalMs = 10;

export class ClosedLoop {
  private state: 'waiting' | 'running' | 'stopped' = 'waiting';
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly flows: readonly Flow[],
    private readonly window: number,
  ) {
    for (const flow of flows) {
      flow.events = {
        received: (slots) => this.refill(flow, slots),
        refused: (slots) => void setTimeout(() => this.refill(flow, slots), pauseAfterRefusalMs),
      };
    }
  }

  start(startAtMs: number): void {
    const begin = () => {
      this.state = 'running';
      for (const flow of this.flows) this.refill(flow, this.window);
    };
    this.timers = [
      setTimeout(begin, toLocalMs(startAtMs) - performance.now()),
      setInterval(() => this.replaceStalled(), stallCheckMs),
    ];
  }

  stop(): void {
    this.state = 'stopped';
    for (const timer of this.timers) clearTimeout(timer);
  }

  private refill(flow: Flow, slots: number): void {
    if (this.state !== 'running') return;
    const nowMs = performance.now();
    flow.send(slots, nowMs, nowMs);
  }

  private replaceStalled(): void {
    const dueBeforeMs = performance.now() - stallMs;
    for (const flow of this.flows) {
      const slots = flow.ledger.stall(dueBeforeMs);
      if (slots > 0) this.refill(flow, slots);
    }
  }
}
