/** Starts the in-memory relay as a process of its own. */
import { join } from 'node:path';
import { Child } from './child';
import type { Resources } from './resources';

const startTimeoutMs = 10_000;

export type MemoryRelay = { port: number; pid: number };

export async function startMemoryRelay(resources: Resources, signal: AbortSignal): Promise<MemoryRelay> {
  const child = resources.keep(new Child<{ port: number }, never>(join(__dirname, 'in-memory-relay.js')));
  const { port } = await child.next(startTimeoutMs, signal);
  return { port, pid: child.pid };
}
