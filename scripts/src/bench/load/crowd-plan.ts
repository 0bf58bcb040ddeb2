/** A crowd: many idle devices that are cut off at once and come back, and what is told of it. */
import type { Histogram, HistogramData } from './histogram';

export type CrowdPlan = { ports: number[]; devices: number };

/** One worker's part; `run` makes ids unique. */
export type WorkerCrowdPlan = CrowdPlan & { run: string; worker: number; workers: number; handshakesAtOnce: number };

/** `failures` are attempts that were tried again, by reason. */
type StormCounts = { cutAtMs: number; backAtMs: number; missing: number; failures: Record<string, number> };
export type WorkerStormReport = StormCounts & { registration: HistogramData };
export type StormReport = StormCounts & { registration: Histogram };

const longestReasonCharacters = 40;

/** The devices of one worker: device numbers are dealt out in turn. */
export function devicesOf({ devices, worker, workers }: WorkerCrowdPlan): number[] {
  return Array.from({ length: devices }, (_, device) => device).filter((device) => device % workers === worker);
}

/** As behind a load balancer: who comes back finds any edge, the one that may still hold its old session or another. */
export function crowdPortOf({ ports }: CrowdPlan, device: number, visit: 'first' | 'again'): number {
  const place = visit === 'first' ? device : Math.floor(device / ports.length);
  return ports[place % ports.length]!;
}

/** What failed attempts are counted by: few different words, whatever the relay answers. */
export function failureOf(reason: string): string {
  const code = /"code":(\d+)/.exec(reason)?.[1];
  return code === undefined ? reason.slice(0, longestReasonCharacters) : `error ${code}`;
}
