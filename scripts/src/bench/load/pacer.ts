/** Decides when messages leave. */
import { ClosedLoop } from './closed-loop';
import type { Flow } from './flow';
import { OpenLoop } from './open-loop';
import type { WorkerPlan } from './plan';

export type Pacer = {
  /** @param startAtMs since 1970. */
  start(startAtMs: number): void;
  stop(): void;
};

const idle: Pacer = { start: () => undefined, stop: () => undefined };

export function createPacer(plan: WorkerPlan, flows: readonly Flow[]): Pacer {
  switch (plan.mode.kind) {
    case 'closed':
      return new ClosedLoop(flows, plan.mode.window);
    case 'open': {
      const intervalMs = (1000 * plan.workers) / plan.mode.messagesPerSecond;
      return new OpenLoop(flows, intervalMs, (intervalMs * plan.worker) / plan.workers);
    }
    case 'idle':
      return idle;
  }
}
