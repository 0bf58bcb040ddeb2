/** The load workers as the bench sees them. */
import { join } from 'node:path';
import { Child } from '../child';
import type { FromWorker, ToWorker } from './plan';

export type LoadWorker = Child<FromWorker, ToWorker>;

export const connectTimeoutMs = 120_000;

export function startWorkers(count: number): LoadWorker[] {
  return Array.from({ length: count }, () => new Child<FromWorker, ToWorker>(join(__dirname, 'worker.js')));
}

/** What each of them says next, in their order; fails when one of them failed. */
export function nextOfAll(
  workers: readonly LoadWorker[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FromWorker[]> {
  return Promise.all(workers.map((worker) => nextOf(worker, timeoutMs, signal)));
}

async function nextOf(worker: LoadWorker, timeoutMs: number, signal: AbortSignal): Promise<FromWorker> {
  const message = await worker.next(timeoutMs, signal);
  if (message.kind === 'failed') throw new Error(`the load generator failed: ${message.reason}`);
  return message;
}

export async function stopWorkers(workers: readonly LoadWorker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
}
