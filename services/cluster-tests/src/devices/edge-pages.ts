/** What an edge says of itself over HTTP. */
import type { RunningEdge } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';

type Edge = Pick<RunningEdge, 'httpUrl'>;

/** What takes longer hangs. */
const patience = { timeoutMs: 60_000 };

export async function statusOf({ httpUrl }: Edge, path: '/health' | '/ready'): Promise<number> {
  const response = await fetch(`${httpUrl}${path}`, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.status;
}

export async function untilReady(edge: Edge): Promise<void> {
  await eventually(async () => {
    if ((await statusOf(edge, '/ready')) !== 200) throw new Error('The edge is not ready.');
  }, patience);
}

/** A counter or gauge of the edge's own, without its prefix; 0 before it first counted. */
export async function metricOf({ httpUrl }: Edge, name: string): Promise<number> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  return Number(new RegExp(`^openrelay_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** How often an edge has called a script of Redis. */
export function scriptCallsOf(edge: Edge, script: string): Promise<number> {
  return metricOf(edge, `script_calls_total\\{script="${script}"\\}`);
}

/**
 * For what an edge must not do by itself: waits until it has done so often what it does about once a second, which is to probe its
 * channels. A machine that stalls makes the wait longer and not weaker.
 */
export async function untilProbed(edge: Edge, times: number): Promise<void> {
  const before = await scriptCallsOf(edge, 'inbox_probe');
  await eventually(async () => {
    if ((await scriptCallsOf(edge, 'inbox_probe')) < before + times) throw new Error('The edge probes no more.');
  }, patience);
}
