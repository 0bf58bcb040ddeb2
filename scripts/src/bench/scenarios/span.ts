/** A measured span under a scenario's conditions. */
import { availableParallelism } from 'node:os';
import { UsageError } from '@openrelay/launch';
import type { LoadPlan } from '../load/plan';
import { type Measured, measure, type Target } from '../measuring/measure';
import type { Conditions, ScenarioContext } from './scenario';

const mostWorkers = 4;
// Under the 20,000 open files that systems commonly allow a process.
const connectionsPerProcess = 18_000;

export function measureUnder(
  context: ScenarioContext,
  target: Target,
  mode: LoadPlan['mode'],
  meanwhile?: { mostSeconds: number; run: () => Promise<void> },
): Promise<Measured> {
  const { warmup, seconds } = context.conditions;
  return measure({
    target,
    plan: planUnder(context.conditions, target.ports, mode),
    workers: workersFor(context),
    warmupSeconds: mode.kind === 'idle' ? 0 : warmup,
    seconds: meanwhile?.mostSeconds ?? seconds,
    stopping: context.stopping,
    meanwhile: meanwhile?.run,
  });
}

export function planUnder(conditions: Conditions, ports: number[], mode: LoadPlan['mode']): LoadPlan {
  const { connections, senders, placement, size } = conditions;
  return { ports, placement, senders, pairs: connections / 2, sealedBytes: size, mode };
}

/** One core is the relay's; on a small machine one worker costs the relay least. */
export function workersFor({ workers, conditions }: Pick<ScenarioContext, 'workers' | 'conditions'>): number {
  const needed = Math.ceil(conditions.connections / connectionsPerProcess);
  const spare = Math.min(mostWorkers, Math.max(1, availableParallelism() - 1));
  return Math.min(conditions.connections / 2, Math.max(needed, workers ?? spare));
}

export function checkConnections({ connections, edges }: Conditions): void {
  if (connections <= edges * connectionsPerProcess) return;
  throw new UsageError(`--connections ${connections} needs more edges: ${connectionsPerProcess} fit on one.`);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
