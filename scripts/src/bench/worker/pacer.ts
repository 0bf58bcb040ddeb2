import type { WorkerPlan } from '../load/plan';
import { ClosedLoop } from './closed-loop';
import type { Flow } from './flow';
import { OpenLoop } from './open-loop';

/** What decides when messages leave; undefined when none do. */
export function createPacer({ mode, worker, workers }: WorkerPlan, flows: readonly Flow[]) {
  if (mode.kind === 'idle') return undefined;
  if (mode.kind === 'closed') return new ClosedLoop(flows, mode.window);
  const intervalMs = (1000 * workers) / mode.messagesPerSecond;
  return new OpenLoop(flows, intervalMs, (intervalMs * worker) / workers);
}
