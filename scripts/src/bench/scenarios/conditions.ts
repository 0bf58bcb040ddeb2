/** What follows from a scenario's conditions. */
import { availableParallelism } from 'node:os';
import { UsageError } from '@openrelay/launch';
import type { LoadPlan } from '../load/plan';
import type { Conditions, ScenarioContext } from '../scenario';

/** What a scenario's conditions begin from. */
export const commonConditions: Conditions = {
  connections: 200,
  edges: 1,
  size: 512,
  seconds: 5,
  warmup: 2,
  window: 8,
  rate: 1_000,
  rounds: 3,
  queued: 1_000_000,
  senders: 'half',
  placement: 'cross',
};

const mostWorkers = 4;
// Under the 20,000 open files that systems commonly allow a process.
const connectionsPerProcess = 18_000;

/** One core is the relay's; on a small machine one worker costs the relay least. */
export function workersFor({ workers, conditions }: ScenarioContext): number {
  const pairs = conditions.connections / 2;
  const needed = Math.ceil(conditions.connections / connectionsPerProcess);
  const spare = Math.min(mostWorkers, Math.max(1, availableParallelism() - 1));
  return Math.min(pairs, Math.max(needed, workers ?? spare));
}

export function checkConnections({ connections, edges }: { connections: number; edges: number }): void {
  if (connections <= edges * connectionsPerProcess) return;
  throw new UsageError(`--connections ${connections} needs more edges: ${connectionsPerProcess} fit on one.`);
}

export function planFor(conditions: Conditions, ports: number[], mode: LoadPlan['mode']): LoadPlan {
  return {
    ports,
    placement: conditions.placement,
    senders: conditions.senders,
    pairs: conditions.connections / 2,
    sealedBytes: conditions.size,
    mode,
  };
}

/** `undefined` stands for a process that is not on this machine: its figures are then unknown too. */
export function idsOf(pid: number | undefined): number[] {
  return [pid ?? -1];
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
