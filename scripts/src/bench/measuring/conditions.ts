/** Under what a scenario runs, and what follows from it for the load generator. */
import { availableParallelism } from 'node:os';
import { UsageError } from '@openrelay/launch';
import type { LoadPlan } from '../load/plan';

const mostWorkers = 4;
// Under the 20,000 open files that systems commonly allow a process.
const connectionsPerProcess = 18_000;

/** One scenario's conditions. Those that do not apply to it are not looked at. */
export type Conditions = Pick<LoadPlan, 'senders' | 'placement'> & {
  connections: number;
  edges: number;
  size: number;
  seconds: number;
  warmup: number;
  window: number;
  rate: number;
  rounds: number;
  /** Messages that wait in queues before it begins. */
  queued: number;
};

/** Stops a resource when the scenario is over, however that ends. */
export type Keep = <Resource extends { stop(): Promise<unknown> }>(resource: Resource) => Resource;

export type ScenarioContext = {
  conditions: Conditions;
  /** Of the load generator; undefined: the scenario's choice. */
  workers: number | undefined;
  redisUrl: string | undefined;
  stopping: AbortSignal;
  keep: Keep;
  progress(line: string): void;
};

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
